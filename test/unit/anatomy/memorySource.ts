import type { ByteSource, OpenSibling } from '../../../src/anatomy/source';

/** Bytes as a file. Counts what is read. */
export class MemorySource implements ByteSource {
  readBytes = 0;

  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.size) {
      throw new RangeError(`read of ${length} bytes at ${offset} of ${this.size}`);
    }
    this.readBytes += length;
    return this.bytes.slice(offset, offset + length);
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }
}

export const noSiblings: OpenSibling = async () => Promise.resolve(null);

/** A copy with a few bytes changed, cut off or put in, somewhere in its first `header` bytes. */
export function mutate(bytes: Uint8Array, header: number, next: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const kind = Math.floor(next() * 4);
  const at = Math.floor(next() * header);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1)
    return Buffer.concat([copy.subarray(0, at), Buffer.from([next() * 256]), copy.subarray(at)]);
  const changes = kind === 2 ? 1 : 8;
  for (let i = 0; i < changes; i++) copy[Math.floor(next() * header)] = Math.floor(next() * 256);
  return copy;
}
