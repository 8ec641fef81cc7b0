import type { Writable } from 'node:stream';
import type { Progress } from '../models/hub/progress';

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

/** `12 % of 438 MB, 8.1 MB/s, 48 s left`. */
export function progressText({ bytes, total, rate, secondsLeft }: Progress): string {
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  const parts = [`${percent} % of ${amount(total)}`];
  if (rate !== null) parts.push(`${amount(rate)}/s`);
  if (secondsLeft !== null) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(', ');
}

/** Bytes to three digits, in the decimal units of the Hub. */
export function amount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const scaled = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(scaled) : Number(scaled.toPrecision(3))} ${units[power]}`;
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
