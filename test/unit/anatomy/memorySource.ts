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
