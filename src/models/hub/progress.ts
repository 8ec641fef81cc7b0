import * as l10n from '@vscode/l10n';

/** How far a download is. */
export interface Progress {
  /** Bytes here, of all files. */
  bytes: number;
  /** Bytes of the whole download. */
  total: number;
  /** Files that are whole. */
  filesDone: number;
  files: number;
  /** Bytes a second over the network, of the last seconds; null until it is known. */
  rate: number | null;
  /** Null until the rate is known. */
  secondsLeft: number | null;
}

const REPORT_EVERY_MS = 100;
const RATE_WINDOW_MS = 5_000;

/** Adds the files of a download up and reports at most ten times a second. */
export class ProgressMeter {
  private readonly held = new Map<string, number>();
  private readonly done = new Set<string>();
  /** Times and sums of received bytes within the window. */
  private samples: { at: number; received: number }[] = [];
  private received = 0;
  private reportedAt = -Infinity;

  constructor(
    private readonly total: number,
    private readonly files: number,
    private readonly report: (progress: Progress) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(path: string, held: number, received: number): void {
    this.held.set(path, held);
    this.received += received;
    const at = this.now();
    if (at - this.reportedAt < REPORT_EVERY_MS) return;
    this.samples.push({ at, received: this.received });
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > RATE_WINDOW_MS) this.samples.shift();
    this.send(at);
  }

  finish(path: string): void {
    this.done.add(path);
    this.send(this.now());
  }

  private send(at: number): void {
    this.reportedAt = at;
    const bytes = [...this.held.values()].reduce((sum, each) => sum + each, 0);
    const rate = this.rate();
    const secondsLeft = rate === null ? null : Math.ceil((this.total - bytes) / rate);
    const { total, files } = this;
    this.report({ bytes, total, filesDone: this.done.size, files, rate, secondsLeft });
  }

  private rate(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at === first.at || last.received === first.received) return null;
    return ((last.received - first.received) * 1000) / (last.at - first.at);
  }
}

/** `12 % of 438 MB, 8.1 MB/s, 48 s left`. */
export function progressText({ bytes, total, rate, secondsLeft }: Progress): string {
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  const parts = [l10n.t`${percent} % of ${amount(total)}`];
  if (rate !== null) parts.push(`${amount(rate)}/s`);
  if (secondsLeft !== null) parts.push(l10n.t`${duration(secondsLeft)} left`);
  return parts.join(', ');
}

/** Bytes to three digits, in the decimal units of the Hub. */
export function amount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const scaled = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(scaled) : Number(scaled.toPrecision(3))} ${units[power]}`;
}

/** Seconds, minutes or hours, whichever is short. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? l10n.t`${minutes} min` : `${Math.round(minutes / 60)} h`;
}
