import type { BlockDiagram, BlockEdge, BlockNode } from '../../../src/shared/anatomy';

/** Which column of an encoder-decoder a box is in; `both`: what the two sides share, above or below them. */
export type Lane = 0 | 1 | 'both';

/** Columns by id: everything in one where there is no second input. */
export function lanesOf({ nodes }: BlockDiagram): Map<string, Lane> {
  const isPair = nodes.some(({ id }) => id === 'target');
  const laneOf = ({ id }: BlockNode): Lane => {
    if (!isPair || id === 'input' || id.startsWith('encoder/')) return 0;
    if (id === 'target' || id === 'output' || id.startsWith('decoder/')) return 1;
    return id.startsWith('embeddings') ? 'both' : 1;
  };
  return new Map(nodes.map((node) => [node.id, laneOf(node)]));
}

/**
 * Ranks by longest path along the data edges; what has no data edge at all, or is on a circle, has none. What begins a
 * path without being an input comes right before what it goes into.
 */
export function ranksOf({ nodes, edges }: BlockDiagram): Map<string, number> {
  const data = edges.filter(({ kind }) => kind === 'data');
  const next = group(data, ({ from }) => from);
  const waiting = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { to } of data) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const touched = new Set(data.flatMap(({ from, to }) => [from, to]));
  const ready = nodes.filter(({ id }) => waiting.get(id) === 0 && touched.has(id)).map(({ id }) => id);
  const sources = new Set(ready);
  const ranks = new Map(ready.map((id) => [id, 0]));
  for (const id of ready) {
    for (const { to } of next.get(id) ?? []) {
      ranks.set(to, Math.max(ranks.get(to) ?? 0, (ranks.get(id) as number) + 1));
      waiting.set(to, (waiting.get(to) as number) - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
  for (const id of ranks.keys()) if ((waiting.get(id) ?? 0) > 0) ranks.delete(id);
  return pulled(nodes, sources, next, ranks);
}

function pulled(
  nodes: readonly BlockNode[],
  sources: ReadonlySet<string>,
  next: ReadonlyMap<string, BlockEdge[]>,
  ranks: Map<string, number>,
): Map<string, number> {
  for (const { id, kind } of nodes) {
    if (!sources.has(id) || kind === 'input') continue;
    const after = (next.get(id) ?? []).flatMap(({ to }) => ranks.get(to) ?? []);
    if (after.length > 0) ranks.set(id, Math.max(0, after.reduce((a, b) => Math.min(a, b)) - 1));
  }
  return ranks;
}

export function group<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const members = groups.get(key);
    if (members) members.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
