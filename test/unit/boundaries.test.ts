import assert from 'node:assert/strict';
import { ESLint } from 'eslint';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';

/** One import that a room must not have. */
const FORBIDDEN: [file: string, code: string][] = [
  ['src/shared/x.ts', "import '../models/catalogue';"],
  ['src/onnx/x.ts', "import '../inference/client';"],
  ['src/onnx/finder/x.ts', "import '../../probes/attention';"],
  ['src/models/x.ts', "import 'vscode';"],
  ['src/inference/x.ts', "import 'vscode';"],
  ['src/probes/x.ts', "import 'vscode';"],
  ['src/probes/x.ts', "import 'onnxruntime-node';"],
  ['src/anatomy/x.ts', "import '../inference/client';"],
  ['src/anatomy/x.ts', "import '../probes/probe';"],
  ['src/cli/x.ts', "import '../views/session';"],
  ['src/views/x.ts', "import '../commands/analyze';"],
  ['src/views/x.ts', "import 'echarts';"],
  ['src/editor/x.ts', "import '../views/session';"],
  ['webview/charts/x.ts', "import '../../src/onnx/graph';"],
  ['webview/charts/x.ts', "import 'vscode';"],
  ['webview/panels/attention/x.ts', "import '@vscode/webview-ui-toolkit';"],
  ['webview/panels/attention/x.ts', 'acquireVsCodeApi();'],
  ['src/onnx/x.ts', 'export const seed = Math.random();'],
];

const ALLOWED: [file: string, code: string][] = [
  ['src/probes/x.ts', "import '../inference/client';"],
  ['src/probes/x.ts', "import '../anatomy/open';"],
  ['src/inference/x.ts', "import 'onnxruntime-node';"],
  ['src/views/x.ts', "import 'vscode';"],
  ['webview/charts/x.ts', "import '../../src/shared/attention';"],
  ['webview/ui/x.ts', "import '@vscode/webview-ui-toolkit';"],
  ['webview/host.ts', 'acquireVsCodeApi();'],
];

const BOUNDARY = /^no-restricted-/;

async function boundaryErrors(file: string, code: string): Promise<string[]> {
  const eslint = new ESLint({ cwd: root });
  const [result] = await eslint.lintText(`${code}\n`, { filePath: path.join(root, file) });
  return (result?.messages ?? [])
    .filter(({ ruleId, severity }) => severity === 2 && BOUNDARY.test(ruleId ?? ''))
    .map(({ message }) => message);
}

describe('room boundaries', () => {
  for (const [file, code] of FORBIDDEN) {
    it(`${path.dirname(file)} is refused ${code}`, async () => {
      assert.equal((await boundaryErrors(file, code)).length, 1);
    });
  }

  for (const [file, code] of ALLOWED) {
    it(`${path.dirname(file)} is allowed ${code}`, async () => {
      assert.deepEqual(await boundaryErrors(file, code), []);
    });
  }
});
