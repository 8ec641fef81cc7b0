import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './paths.mjs';
import { runQuietly } from './processes.mjs';

/** @typedef {Record<string, { version?: string, optional?: boolean }>} LockedPackages Keyed by folder. */

/** Installs exactly what package-lock.json says, unless it is there already. No install script is run. */
export async function ensureDependencies() {
  if (await isInstalled()) return;
  console.log('setup: installing dependencies (npm ci)');
  await runQuietly('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
}

/** npm's own record of what it installed, written last, has every package of the lock file at its version. */
async function isInstalled() {
  const wanted = await lockedPackages('package-lock.json');
  const installed = await lockedPackages(path.join('node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(
    ([folder, { version, optional }]) => folder === '' || optional || installed[folder]?.version === version,
  );
}

/**
 * @param {string} file
 * @returns {Promise<LockedPackages>} Nothing where there is no such file.
 */
async function lockedPackages(file) {
  if (!existsSync(path.join(root, file))) return {};
  return JSON.parse(await readFile(path.join(root, file), 'utf8')).packages;
}
