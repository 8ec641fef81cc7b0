import { existsSync } from 'node:fs';
import { findOnPath, run, runQuietly } from './processes.mjs';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
  'msedge',
];

const HELP =
  'No Chromium, Chrome or Edge was found. Install one (Debian and Ubuntu: `sudo apt-get install chromium`) ' +
  'or set CHROMIUM_PATH to its program.';

/**
 * The browser that tests use: CHROMIUM_PATH, then PATH, then the usual places.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which does not exist.`);
    return named;
  }
  return findOnPath(NAMES) ?? usualPlaces().find((file) => existsSync(file));
}

/**
 * The same, installed first where this is Debian or Ubuntu and we may.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(HELP);
  console.log('setup: installing Chromium (apt-get)');
  // A stale or broken extra package source must not stop the installation.
  await run('apt-get', ['update', '-qq'], { onOutput: () => undefined });
  await runQuietly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  const installed = findChromium();
  if (!installed) throw new Error(HELP);
  return installed;
}

function usualPlaces() {
  if (process.platform === 'darwin') {
    return ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  if (process.platform !== 'win32') return ['/snap/bin/chromium', '/opt/google/chrome/chrome'];
  const bases = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA];
  const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
  return bases.flatMap((base) => (base ? programs.map((program) => `${base}\\${program}`) : []));
}
