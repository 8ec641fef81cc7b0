import type { Readable, Writable } from 'node:stream';

/** The streams that a command reads and writes. */
export interface Terminal {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable;
  env: NodeJS.ProcessEnv;
}

/** Whether block elements and arrows will look right: a terminal, in a UTF-8 locale. */
export function showsUnicode({ stdout, env }: Pick<Terminal, 'stdout' | 'env'>): boolean {
  if (!stdout.isTTY) return false;
  if (process.platform === 'win32')
    return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] === 'vscode';
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
}
