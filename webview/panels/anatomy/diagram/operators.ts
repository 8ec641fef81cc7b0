import type { OperatorGraph } from '../../../../src/shared/anatomyProtocol';
import { Job } from '../job';
import type { JobState } from '../job';
import type { Actions } from '../view';

/** Operator graphs of components in a layer, asked for when they are first wanted. */
export class OperatorGraphs {
  private readonly jobs = new Map<string, Job<OperatorGraph>>();
  private key: string | null = null;

  constructor(
    private readonly actions: Actions,
    private readonly changed: () => void,
  ) {}

  /** Forgets the graphs of another model. */
  setModel(key: string | null): void {
    if (key === this.key) return;
    for (const job of this.jobs.values()) job.reset();
    this.jobs.clear();
    this.key = key;
  }

  get(component: string, layer: number | null): JobState<OperatorGraph> {
    const name = `${component} ${layer}`;
    const known = this.jobs.get(name);
    if (known) return known.state;
    const job = new Job<OperatorGraph>(this.changed);
    this.jobs.set(name, job);
    job.run((signal) => this.actions.ask('operators', { component, layer }, signal));
    return job.state;
  }
}
