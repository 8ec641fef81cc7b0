import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] Added to this process's own environment.
 * @property {(text: string) => void} [onOutput] Gets stdout and stderr; without it they go to the terminal.
 */

/**
 * Runs a program to its end. Never rejects for a failing program, only for one that cannot be started.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} The exit code; 1 where a signal ended it.
 */
export function run(command, args, { cwd, env, onOutput } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: onOutput ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    if (onOutput) {
      child.stdout?.setEncoding('utf8').on('data', onOutput);
      child.stderr?.setEncoding('utf8').on('data', onOutput);
    }
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Runs a program quietly; where it fails, throws with the end of what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} What it printed.
 */
export async function runQuietly(command, args, options) {
  let output = '';
  const code = await run(command, args, { ...options, onOutput: (text) => (output += text) });
  if (code === 0) return output;
  throw new Error(
    `\`${command} ${args.join(' ')}\` failed (exit ${code}):\n${output.trimEnd().slice(-2000)}`,
  );
}

/**
 * The first of these programs that the PATH has.
 * @param {string[]} names Without extension.
 * @returns {string | undefined} Its full path.
 */
export function findOnPath(names) {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return folders
    .flatMap((folder) => names.flatMap((name) => extensions.map((end) => path.join(folder, name + end))))
    .find((file) => existsSync(file));
}
