import { findAttention } from '../attention';
import { constantValues } from '../constants';
import { decodeModel } from '../decode';
import type { Graph, GraphIndex, OnnxNode } from '../graph';
import { indexGraph } from '../graph';
import type { Skeleton } from '../skeleton';
import { WireError } from '../wire';
import type { Choice } from './hoist';
import { branchOf, hoist } from './hoist';

const BOOL = 9;

/** Branches inside branches, and flags that choose among them. */
const MAX_ROUNDS = 8;

/** What a model is made of as far as flattening goes. */
type Flat = Pick<Skeleton, 'bytes' | 'model'>;

/**
 * The model without the `If` nodes whose condition is known or free to choose, so that what is inside can be read:
 * conditions that are constants, and flags among the graph's inputs. Merged decoders have such a flag, that says
 * whether a cache is fed; of the branches with the most attention the one that needs the fewest inputs is taken, which
 * is the one without a cache. Graphs without such nodes come back as they are.
 */
export function withoutBranches<T extends Flat>(skeleton: T): T {
  let flat: Flat = skeleton;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = flattenOnce(flat);
    if (!next) break;
    flat = next;
  }
  return flat === skeleton ? skeleton : { ...skeleton, bytes: flat.bytes, model: flat.model };
}

function flattenOnce(flat: Flat): Flat | null {
  const { graph } = flat.model;
  const conditional = graph.nodes.filter((node) => node.opType === 'If' && node.domain === '');
  if (conditional.length === 0) return null;
  const index = indexGraph(graph);
  const constant = conditional.flatMap((node) => constantChoice(index, node) ?? []);
  if (constant.length > 0) return hoisted(flat, constant);
  const flag = conditional.map((node) => node.inputs[0] ?? '').find((name) => isFlag(graph, name));
  if (flag === undefined) return null;
  const guarded = conditional.filter((node) => node.inputs[0] === flag);
  const both = (['then_branch', 'else_branch'] as const).map((branch) =>
    hoisted(
      flat,
      guarded.map((node) => ({ node, branch })),
    ),
  );
  return better(both[0] ?? null, both[1] ?? null);
}

function constantChoice(index: GraphIndex, node: OnnxNode): Choice | null {
  const value = constantValues(index, node.inputs[0] ?? '');
  if (value?.length !== 1) return null;
  return { node, branch: value[0] ? 'then_branch' : 'else_branch' };
}

function isFlag(graph: Graph, name: string): boolean {
  return graph.inputs.some((input) => input.name === name && input.elemType === BOOL);
}

function hoisted(flat: Flat, choices: Choice[]): Flat | null {
  if (choices.some(({ node, branch }) => !branchOf(node, branch))) return null;
  try {
    const bytes = hoist(flat.bytes, flat.model.graph, choices);
    return { bytes, model: decodeModel(bytes).model };
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function better(one: Flat | null, other: Flat | null): Flat | null {
  if (!one || !other) return one ?? other;
  const more = blocksIn(one) - blocksIn(other);
  if (more !== 0) return more > 0 ? one : other;
  return one.model.graph.inputs.length < other.model.graph.inputs.length ? one : other;
}

/** Attention blocks, those in branches of branches too. */
function blocksIn({ model }: Flat): number {
  const count = (graph: Graph): number =>
    graph.nodes.reduce((sum, node) => {
      const branches = [branchOf(node, 'then_branch'), branchOf(node, 'else_branch')];
      return sum + Math.max(...branches.map((branch) => (branch ? count(branch) : 0)));
    }, findAttention(graph).length);
  return count(model.graph);
}
