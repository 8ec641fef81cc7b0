import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { root, sampleDir, vscodeTestDir } from '../../scripts/lib/paths.mjs';
import type { ServerAge } from '../../scripts/lib/vscode-server.mjs';
import { bundleSuite } from './bundle';
import { printReport } from './printReport';

/** `engines.vscode` begins with this version. */
const OLDEST = '1.100.0';

/**
 * Runs the mocha suite in a desktop VS Code: the program that VSCODE_TEST_EXECUTABLE names, else the stable release or the
 * oldest that the extension is for, downloaded. Resolves with the exit code.
 */
export async function runInDesktop(age: ServerAge): Promise<number> {
  // Loaded here only: it needs a newer Node than the rest.
  const { runTests } = await import('@vscode/test-electron');
  const vscodeExecutablePath = process.env.VSCODE_TEST_EXECUTABLE ?? (await download(age));
  const tests = await bundleSuite();
  // A short path: VS Code puts a socket below it, and those may have 107 characters only.
  const userData = await mkdtemp(path.join(tmpdir(), 'probe-'));
  const stdout = new PassThrough();
  createInterface({ input: stdout }).on('line', (line) => printReport([line]));
  try {
    return await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath: tests,
      stdout,
      launchArgs: [sampleDir, '--user-data-dir', userData, '--disable-workspace-trust', ...asRoot()],
    });
  } finally {
    await rm(userData, { recursive: true, force: true });
  }
}

async function download(age: ServerAge): Promise<string> {
  const { downloadAndUnzipVSCode, SilentReporter } = await import('@vscode/test-electron');
  const version = age === 'oldest' ? OLDEST : 'stable';
  try {
    return await downloadAndUnzipVSCode({
      version,
      cachePath: vscodeTestDir,
      reporter: new SilentReporter(),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The desktop VS Code (${version}) cannot be downloaded here: ${reason}. Set VSCODE_TEST_EXECUTABLE to the program of ` +
        'one that is installed, or run the suite in the VS Code server from npm: npm test -- vscode oldest',
      { cause: error },
    );
  }
}

function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}
