import yauzl from 'yauzl';
import { mkdir } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * @typedef {object} ZippedFile
 * @property {string} file
 * @property {number} bytes
 * @property {number} zipped
 */

/**
 * What is in a VSIX; written to a folder, too, where one is named.
 * @param {string} vsix
 * @param {string} [folder]
 * @returns {Promise<ZippedFile[]>}
 */
export async function readVsix(vsix, folder) {
  const zip = await yauzl.openPromise(vsix);
  /** @type {ZippedFile[]} */
  const files = [];
  for await (const entry of zip.eachEntry()) {
    files.push({ file: entry.fileName, bytes: entry.uncompressedSize, zipped: entry.compressedSize });
    if (!folder) continue;
    const target = path.join(folder, entry.fileName);
    await mkdir(path.dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
  }
  return files;
}
