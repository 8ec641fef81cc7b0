import { findModelFiles } from '../models/opening';
import type { OpenBackward } from './gradients';
import { openModel } from './openModel';
import type { OpenModel } from './openModel';
import { stampOf } from './parts';
import { SEPARATOR } from './runner';
import type { RunOptions } from './runner';
import { SessionCache } from './sessions';
import type { ProcessOptions } from './wire';

const MAX_MODELS = 3;
// The three families at once, each with and without taps: two sessions for each graph.
const MAX_SESSIONS = 8;
const MAX_GRADIENTS = 4;

/** The models that are open, with the sessions on their graphs. Beyond a few, the one that rested longest is closed. */
export class OpenModels {
  /** Least recently used first. */
  private readonly models = new Map<string, OpenModel>();
  private readonly sessions = new SessionCache(MAX_SESSIONS);
  readonly gradients = new SessionCache<OpenBackward>(MAX_GRADIENTS);

  constructor(private readonly options: ProcessOptions) {}

  get names(): string[] {
    return [...this.models.keys()];
  }

  /** The model if it is open, whether or not its files have changed since. */
  known(reference: string): OpenModel | undefined {
    return this.models.get(reference);
  }

  /** The model, opened now or before; opened again if its files changed. */
  async get(reference: string, signal?: AbortSignal): Promise<OpenModel> {
    const known = this.models.get(reference);
    const fresh = known !== undefined && (await stampOf(known.folder)) === known.stamp;
    if (known && !fresh) await this.closeSessions(known.key + SEPARATOR);
    const model = fresh ? known : await this.open(reference, signal);
    this.models.delete(reference);
    this.models.set(reference, model);
    for (const [oldest, { key }] of this.models) {
      if (this.models.size <= MAX_MODELS) break;
      this.models.delete(oldest);
      await this.closeSessions(key + SEPARATOR);
    }
    return model;
  }

  /** How runs on these models go. */
  runOptions(signal?: AbortSignal): RunOptions {
    const { threads, provider } = this.options;
    return { sessions: this.sessions, threads, provider, signal };
  }

  async close(): Promise<void> {
    await this.closeSessions('');
    this.models.clear();
  }

  private async open(reference: string, signal?: AbortSignal): Promise<OpenModel> {
    const { folder, intact } = await findModelFiles(reference, this.options);
    const opening = openModel(folder, this.runOptions(signal));
    await Promise.allSettled([intact, opening]);
    try {
      // First: a changed file is the reason, whatever the opening made of it.
      await intact;
      return await opening;
    } catch (error) {
      await this.closeSessions(folder.id + SEPARATOR);
      throw error;
    }
  }

  private async closeSessions(prefix: string): Promise<void> {
    await this.sessions.closeAll(prefix);
    await this.gradients.closeAll(prefix);
  }
}
