import type { Writable } from 'node:stream';
import { progressText, type Progress } from '../models/hub/progress';

const ERASE_LINE = '\r\x1b[K';

/** A line of a terminal that shows how far a download is; nothing where the stream is no terminal. */
export class ProgressLine {
  private readonly isShown: boolean;
  private isWritten = false;

  constructor(private readonly stream: Writable & { isTTY?: boolean }) {
    this.isShown = stream.isTTY === true;
  }

  show(progress: Progress): void {
    if (!this.isShown) return;
    this.isWritten = true;
    this.stream.write(ERASE_LINE + progressText(progress));
  }

  /** Leaves an empty line for what comes next. */
  clear(): void {
    if (this.isWritten) this.stream.write(ERASE_LINE);
  }
}
