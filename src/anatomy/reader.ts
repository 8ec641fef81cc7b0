import * as l10n from '@vscode/l10n';
import type { ByteSource } from './source';
import { badFile } from './source';

const FIRST_WINDOW = 64 * 1024;
const LARGEST_WINDOW = 1024 * 1024;

/**
 * Reads a file's header forward, little-endian, through one window of at most 1 MB. Asking for bytes behind the end of
 * the file is a ProbeError, so nothing is ever allocated for a size that the file cannot hold.
 */
export class HeaderReader {
  /** Position in the file. */
  at = 0;
  private window = new Uint8Array(0);
  private view = new DataView(new ArrayBuffer(0));
  private start = 0;
  private step = FIRST_WINDOW;

  constructor(
    readonly source: ByteSource,
    private readonly signal?: AbortSignal,
  ) {}

  get left(): number {
    return this.source.size - this.at;
  }

  /** True if the next bytes can be taken without waiting. */
  has(length: number): boolean {
    return this.at >= this.start && this.at + length <= this.start + this.window.length;
  }

  /** Makes the next bytes ready. Throws if the file ends before. */
  async need(length: number): Promise<void> {
    if (this.has(length)) return;
    if (length > this.left) throw badFile(this.source, l10n.t('its header is cut off; download it again'));
    const size = Math.min(Math.max(length, this.step), this.left);
    this.step = Math.min(2 * this.step, LARGEST_WINDOW);
    this.window = new Uint8Array(await this.source.read(this.at, size, this.signal));
    this.view = new DataView(this.window.buffer, this.window.byteOffset, this.window.byteLength);
    this.start = this.at;
  }

  /** Moves on without reading. */
  skip(length: number): void {
    if (length > this.left) throw badFile(this.source, l10n.t('its header is cut off; download it again'));
    this.at += length;
  }

  /** The next bytes, after `need`. */
  take(length: number): Uint8Array {
    const bytes = this.window.subarray(this.at - this.start, this.at - this.start + length);
    this.at += length;
    return bytes;
  }

  u32(): number {
    const value = this.view.getUint32(this.at - this.start, true);
    this.at += 4;
    return value;
  }

  /** An unsigned 64-bit number; above 2^53 it loses its low bits, which no size that is believed has. */
  u64(): number {
    const low = this.u32();
    return low + this.u32() * 2 ** 32;
  }

  /** One value by a DataView method. */
  number(read: (view: DataView, at: number) => number, size: number): number {
    const value = read(this.view, this.at - this.start);
    this.at += size;
    return value;
  }
}
