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
