// Installs, builds and opens VS Code with the extension on a sample, which it analyses.
//   npm start                 desktop VS Code where `code` is on the PATH, else a VS Code server in the browser
//   npm start -- --server     the server in any case
//   npm start -- --check      the same headless, as without a terminal: a screenshot and a printed summary
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root, sampleDir } from './lib/paths.mjs';
import { findOnPath, run } from './lib/processes.mjs';

const headless = process.argv.includes('--check') || !process.stdout.isTTY;
const code = process.argv.includes('--server') ? undefined : findOnPath(['code']);

/** @param {string} script A TypeScript file below scripts/. It also gets Ctrl-C, and is waited for. */
function runScript(script) {
  process.on('SIGINT', () => undefined);
  return run(process.execPath, ['--import', 'tsx', path.join('scripts', script)], { cwd: root });
}

/** @param {string} program */
function openDesktop(program) {
  const extensions = [root, path.join(root, 'scripts', 'starter')];
  const flags = extensions.map((folder) => `--extensionDevelopmentPath=${folder}`);
  console.log('start: opening VS Code');
  spawn(program, [...flags, sampleDir], {
    stdio: 'ignore',
    detached: true,
    shell: process.platform === 'win32',
  })
    .on('error', (error) => console.error(`start: VS Code does not start: ${error.message}`))
    .unref();
}

async function start() {
  await ensureDependencies();
  console.log('start: building');
  const built = await run(process.execPath, ['scripts/build.mjs'], { cwd: root });
  if (built !== 0) return built;
  if (headless) return runScript('start-check.ts');
  if (!code) return runScript('start-server.ts');
  openDesktop(code);
  return 0;
}

try {
  process.exitCode = await start();
} catch (error) {
  console.error(`start: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
