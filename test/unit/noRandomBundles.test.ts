import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const root = join(__dirname, '..', '..');

/** Bundles an entry point and names the files in it that mention `Math.random`. */
async function filesWithRandom(entry: string, platform: 'node' | 'browser'): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform,
    external: ['vscode', 'onnxruntime-node'],
    outdir: 'dist',
    logLevel: 'error',
  });
  const [bundle] = Object.values(metafile.outputs);
  // A file that is imported as text is named with the import's attributes.
  const inputs = Object.keys(bundle?.inputs ?? {}).map((input) => input.replace(/ with \{.*\}$/, ''));
  assert.ok(inputs.length > 10);
  return inputs.filter((path) => readFileSync(join(root, path), 'utf8').includes('Math.random'));
}

for (const entry of ['src/extension.ts', 'src/probes/table.ts', 'src/inference/process.ts']) {
  test(`nothing bundled with ${entry} uses Math.random, libraries included`, async () => {
    assert.deepEqual(await filesWithRandom(entry, 'node'), []);
  });
}

/** Files of the panel's libraries, and what their random numbers are. No weight and no text passes through them. */
const HARMLESS: Record<string, string> = {
  '@microsoft/fast-element/dist/esm/dom.js': 'a marker in templates',
  '@microsoft/fast-foundation/dist/esm/di/di.js': 'an example in a comment',
  '@vscode/webview-ui-toolkit/dist/utilities/design-tokens/create.js': 'an element id',
  'echarts/lib/component/tooltip/TooltipView.js': 'tickets of tooltips that are fetched later',
  'echarts/lib/util/clazz.js': 'the first number of class ids',
  'echarts/lib/util/component.js': 'the first number of component ids',
  'echarts/lib/util/number.js': 'exported for charts that are not used',
  'zrender/lib/canvas/Painter.js': 'the id of a repaint',
  'zrender/lib/core/WeakMap.js': 'the first number of property names',
  'zrender/lib/graphic/Displayable.js': 'a property name',
  'zrender/lib/tool/color.js': 'random colors on request, which nobody makes',
};

/** The command line draws its report's figures with the panels' library. */
const DRAWING: [entry: string, platform: 'node' | 'browser'][] = [
  ['src/cli/main.ts', 'node'],
  ['webview/panels/attention/main.ts', 'browser'],
  ['webview/panels/probe/main.ts', 'browser'],
];

for (const [entry, platform] of DRAWING) {
  test(`libraries bundled with ${entry} use Math.random for names only`, async () => {
    const found = await filesWithRandom(entry, platform);
    const unknown = found.filter((path) => !Object.hasOwn(HARMLESS, path.replace(/^node_modules\//, '')));
    assert.deepEqual(unknown, []);
  });
}
