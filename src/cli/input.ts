import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { ProbeError } from '../shared/errors';
import type { TextSegment } from '../shared/tokens';

/** More text than any model takes, and still little memory. */
const MAX_BYTES = 16 * 2 ** 20;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A file's text, or standard input's for `-`, exactly as it is: line ends stay. A byte order mark is no text for the
 * model, but counts in the offsets: the segment starts after it.
 */
export async function readInput(
  file: string,
  stdin: Readable,
): Promise<{ text: string; segment: TextSegment }> {
  const text = decode(file, await readAll(file, file === '-' ? stdin : createReadStream(file)));
  const offset = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  return { text, segment: { text: text.slice(offset), offset } };
}

async function readAll(file: string, stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      chunks.push(Buffer.from(chunk as Buffer));
      bytes += chunk.length;
      if (bytes > MAX_BYTES) break;
    }
  } catch (error) {
    throw new ProbeError(
      'input',
      `${nameOf(file)} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  if (bytes > MAX_BYTES) {
    throw new ProbeError('input', `${nameOf(file)} is longer than 16 MB. Give the part to analyze.`);
  }
  return Buffer.concat(chunks);
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProbeError('input', `${nameOf(file)} is not UTF-8 text. Convert it first.`);
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'Standard input' : `"${file}"`;
}
