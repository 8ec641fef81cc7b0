import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { root, sampleDir, vscodeTestDir } from '../../scripts/lib/paths.mjs';
import { bundleSuite } from './bundle';
import { printReport } from './printReport';

/**
 * Runs the mocha suite in a desktop VS Code: the program that VSCODE_TEST_EXECUTABLE names, else the stable release,
 * downloaded. Resolves with the exit code.
 */
export async function runInDesktop(): Promise<number> {
  // Loaded here only: it needs a newer Node than the rest.
  const { runTests } = await import('@vscode/test-electron');
  const tests = await bundleSuite();
  // A short path: VS Code puts a socket below it, and those may have 107 characters only.
  const userData = await mkdtemp(path.join(tmpdir(), 'probe-'));
  const executable = process.env.VSCODE_TEST_EXECUTABLE;
  const stdout = new PassThrough();
  createInterface({ input: stdout }).on('line', (line) => printReport([line]));
  try {
    return await runTests({
      ...(executable ? { vscodeExecutablePath: executable } : { cachePath: vscodeTestDir }),
      extensionDevelopmentPath: root,
      extensionTestsPath: tests,
      stdout,
      launchArgs: [sampleDir, '--user-data-dir', userData, '--disable-workspace-trust', ...asRoot()],
    });
  } finally {
    await rm(userData, { recursive: true, force: true });
  }
}

function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}
