import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import { MAX_HEADER } from './wire';

const SMALLEST_WINDOW = 8 * 1024;
const LARGEST_WINDOW = 256 * 1024;

/** A file that can be read from anywhere: a FileHandle, or what stands for one. */
export interface Readable {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/**
 * A file read through one small window that moves forward: a jump over weights reads 8 KB, reading on doubles that up to
 * 256 KB. No read is larger, whatever the file claims.
 */
export class FileSource {
  /** Bytes read so far. */
  readBytes = 0;
  private window = new Uint8Array(0);
  private at = 0;
  private step = SMALLEST_WINDOW;

  constructor(
    private readonly file: Readable,
    readonly size: number,
    private readonly signal?: AbortSignal,
  ) {}

  /** True if the bytes [pos, pos + length) are in the window. Cheap, so that callers need not await. */
  has(pos: number, length: number): boolean {
    return pos >= this.at && pos + length <= this.at + this.window.length;
  }

  /** What the window holds from `pos` on; call after `has` or `fill`. */
  view(pos: number, length: number): Uint8Array {
    return this.window.subarray(pos - this.at, pos - this.at + length);
  }

  /** Bytes that a field's header at `pos` may take in a message that stops at `end`. */
  headerLength(pos: number, end: number): number {
    return Math.min(MAX_HEADER, end - pos);
  }

  /** Moves the window to `pos`. `length` is at most 256 KB and inside the file. */
  async fill(pos: number, length: number): Promise<void> {
    if (this.signal?.aborted) throw new ProbeError('cancelled', l10n.t('Cancelled.'));
    const readsOn = pos >= this.at && pos <= this.at + this.window.length;
    this.step = readsOn ? Math.min(this.step * 2, LARGEST_WINDOW) : SMALLEST_WINDOW;
    const wanted = Math.min(Math.max(length, this.step), this.size - pos);
    const window = new Uint8Array(wanted);
    let got = 0;
    while (got < wanted) {
      const { bytesRead } = await this.file.read(window, got, wanted - got, pos + got);
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    this.readBytes += got;
    if (got < length)
      throw new ProbeError('model', l10n.t('The model file changed while it was read; try again.'));
    this.window = window.subarray(0, got);
    this.at = pos;
  }

  /** Hands out the bytes [start, end) in pieces of at most 256 KB. */
  async pieces(start: number, end: number, take: (piece: Uint8Array) => void): Promise<void> {
    for (let pos = start; pos < end;) {
      const length = Math.min(end - pos, LARGEST_WINDOW);
      if (!this.has(pos, length)) await this.fill(pos, length);
      take(this.view(pos, length));
      pos += length;
    }
  }
}
