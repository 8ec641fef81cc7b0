import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { vscodeTestDir } from './paths.mjs';
import { runQuietly } from './processes.mjs';

/**
 * npm packages whose inner folder is a whole VS Code server: of the newest VS Code (1.139.1), and of the oldest that
 * `engines.vscode` allows (1.100.3). And the Node that both run on.
 */
const SERVERS = { current: '4.139.1', oldest: '4.100.3' };
const NODE_MAJOR = 24;

/** @typedef {keyof typeof SERVERS} ServerAge */

const INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--force'];

/**
 * @typedef {object} ServerProgram
 * @property {string} node The Node program to run it with.
 * @property {string} main Its entry script.
 */

/**
 * A VS Code server from npm, installed unless that was done already. No install script is run: the server needs
 * nothing that those would compile.
 * @param {ServerAge} [age]
 * @returns {Promise<ServerProgram>}
 */
export async function ensureVSCodeServer(age = 'current') {
  const version = SERVERS[age];
  const serverDir = path.join(vscodeTestDir, `server-${version}`);
  const codeDir = path.join(serverDir, 'node_modules', 'code-server', 'lib', 'vscode');
  const stampFile = path.join(serverDir, 'complete');
  const program = { node: nodeProgram(serverDir), main: path.join(codeDir, 'out', 'server-main.js') };
  if (existsSync(stampFile)) return program;
  console.log(`setup: installing a VS Code server (code-server@${version})`);
  await rm(serverDir, { recursive: true, force: true });
  await mkdir(serverDir, { recursive: true });
  await writeFile(path.join(serverDir, 'package.json'), '{ "private": true }\n');
  const nodePackage = ownNodeFits() ? [] : [`${nodePackageName()}@${NODE_MAJOR}`];
  await runQuietly('npm', [...INSTALL, `code-server@${version}`, ...nodePackage], { cwd: serverDir });
  await runQuietly('npm', [...INSTALL, '--omit=dev'], { cwd: codeDir });
  await runQuietly('npm', [...INSTALL, '--omit=dev'], { cwd: path.join(codeDir, 'extensions') });
  await writeFile(stampFile, `${version}\n`);
  return program;
}

function ownNodeFits() {
  return Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
}

/** npm has Node's own builds as one package a platform; their meta package only works through an install script. */
function nodePackageName() {
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

/** @param {string} serverDir */
function nodeProgram(serverDir) {
  if (ownNodeFits()) return process.execPath;
  if (process.platform === 'darwin') {
    throw new Error(
      `The VS Code server needs Node ${NODE_MAJOR} or newer: install it from nodejs.org and try again.`,
    );
  }
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(serverDir, 'node_modules', nodePackageName(), 'bin', program);
}
