import type { GenerationState } from '../../shared/generation';
import type { TreeNode } from '../../shared/report';

/** What becomes of hypotheses, in the order of their importance. */
const GROUPS = ['the best', 'finished', 'dropped'];

/** A prefix that was among the beams, or an end token after one. */
interface Prefix {
  id: number | null;
  /** Σ ln p up to here. */
  score: number;
  children: Map<string, Prefix>;
  group: number;
}

export interface BeamTree {
  /** Depth first; of two children the more likely one first. The root stands for the prompt. */
  nodes: (Omit<TreeNode, 'label'> & { id: number | null })[];
  /** Those that occur. */
  groups: string[];
}

/** Every hypothesis that a beam search kept for at least a step, from its states after each step. */
export function beamTree(states: readonly GenerationState[], lengthPenalty: number): BeamTree {
  const root: Prefix = { id: null, score: 0, children: new Map(), group: GROUPS.length - 1 };
  for (const { beams, finished } of states) {
    for (const { ids, score } of beams) pathTo(root, ids, score);
    for (const { ids, end, score } of finished) {
      if (end === null) continue;
      // The score of a finished hypothesis is its sum divided by a power of its length.
      const sum = score * Math.max(1, ids.length + 1) ** lengthPenalty;
      pathTo(root, [...ids, end], sum);
    }
  }
  const finished = states.at(-1)?.finished ?? [];
  finished.toReversed().forEach(({ ids, end }, i) => {
    mark(root, end === null ? ids : [...ids, end], i === finished.length - 1 ? 0 : 1);
  });
  return flatten(root);
}

/** A prefix's score is known where it was a beam; on the way there it is kept as it was. */
function pathTo(root: Prefix, ids: readonly number[], score: number): void {
  let at = root;
  for (const [i, id] of ids.entries()) {
    const key = String(id);
    const next = at.children.get(key) ?? { id, score, children: new Map(), group: GROUPS.length - 1 };
    if (i === ids.length - 1) next.score = score;
    at.children.set(key, next);
    at = next;
  }
}

function mark(root: Prefix, ids: readonly number[], group: number): void {
  root.group = Math.min(root.group, group);
  let at: Prefix | undefined = root;
  for (const id of ids) {
    at = at?.children.get(String(id));
    if (at) at.group = Math.min(at.group, group);
  }
}

function flatten(root: Prefix): BeamTree {
  const nodes: BeamTree['nodes'] = [];
  const visit = ({ id, score, children, group }: Prefix, parent: number | null): void => {
    const index = nodes.push({ id, parent, value: score, group }) - 1;
    const sorted = [...children.values()].sort((a, b) => b.score - a.score);
    for (const child of sorted) visit(child, index);
  };
  visit(root, null);
  const used = GROUPS.map((_, group) => nodes.some((node) => node.group === group));
  const places = used.map((_, group) => used.slice(0, group).filter(Boolean).length);
  return {
    nodes: nodes.map((node) => ({ ...node, group: places[node.group] ?? 0 })),
    groups: GROUPS.filter((_, group) => used[group]),
  };
}
