import { architectures } from './architectures';
import { block } from './block';
import { coreference } from './coreference';
import { explain } from './explain';
import { generation } from './generation';
import { guide } from './guide';
import { memory } from './memory';
import { positions } from './positions';
import { prediction } from './prediction';
import type { AnyProbe } from './probe';
import { scaling } from './scaling';
import { scratch } from './scratch';
import { tasks } from './tasks';
import { timeline } from './timeline';
import { tokens } from './tokens';
import { transfer } from './transfer';

/** Every probe, in the order of lists. One line a probe. */
export const PROBES: readonly AnyProbe[] = [
  timeline, // what was published when
  guide, // which one for a task
  prediction, // causal beside masked
  tokens, // what a model reads
  generation, // greedy, sampling and beams
  coreference, // whom does it look at
  scratch, // the arithmetic of attention
  explain, // what one prediction rests on
  tasks, // what a head on top says
  architectures, // encoder, decoder and both, side by side
  block, // what a model repeats
  positions, // where a token stands
  transfer, // fine-tuning against random weights
  memory, // bytes and operations
  scaling, // sizes against each other
];

export function findProbe(id: string): AnyProbe | undefined {
  return PROBES.find((probe) => probe.id === id);
}
