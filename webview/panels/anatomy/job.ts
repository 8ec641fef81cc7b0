import { toErrorMessage } from '../../../src/shared/errors';
import type { ErrorMessage } from '../../../src/shared/errors';

export type JobState<T> =
  | { kind: 'idle' }
  | { kind: 'running'; done: number | null }
  | { kind: 'done'; value: T }
  | { kind: 'failed'; error: ErrorMessage };

/** One request at a time whose progress and end are shown; starting another, or cancelling, ends it. */
export class Job<T> {
  state: JobState<T> = { kind: 'idle' };
  private controller = new AbortController();

  constructor(private readonly changed: () => void) {}

  run(start: (signal: AbortSignal, onProgress: (done: number) => void) => Promise<T>): void {
    this.controller.abort();
    const { signal } = (this.controller = new AbortController());
    const set = (state: JobState<T>) => {
      if (signal.aborted) return;
      this.state = state;
      this.changed();
    };
    set({ kind: 'running', done: null });
    start(signal, (done) => set({ kind: 'running', done })).then(
      (value) => set({ kind: 'done', value }),
      (error) => set({ kind: 'failed', error: toErrorMessage(error) }),
    );
  }

  /** Ends what runs and forgets what was. */
  reset(): void {
    this.controller.abort();
    if (this.state.kind === 'idle') return;
    this.state = { kind: 'idle' };
    this.changed();
  }
}
