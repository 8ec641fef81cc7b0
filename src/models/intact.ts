import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyBundled } from './catalogue';
import type { ModelFolder } from './folder';

/** Sizes and times of the bundled models' files when they were last found right, by folder. */
const stamps = new Map<string, string>();

/**
 * Checks a bundled model by its checksums: every byte once a process, and again when a file's size or time has changed.
 * Throws a ProbeError of code `model` that names the file that differs.
 */
export async function checkBundled({ directory }: Pick<ModelFolder, 'directory'>): Promise<void> {
  const stamp = await stampOf(directory);
  if (stamps.get(directory) === stamp) return;
  stamps.delete(directory);
  await verifyBundled({ directory });
  stamps.set(directory, stamp);
}

async function stampOf(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true });
  const facts = await Promise.all(
    entries.sort().map((entry) => stat(join(directory, entry)).catch(() => null)),
  );
  return entries.map((entry, index) => `${entry} ${facts[index]?.size} ${facts[index]?.mtimeMs}`).join('\n');
}
