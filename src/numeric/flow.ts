import { MAX_FLOW_TOKENS } from '../shared/aggregate';
import { ProbeError } from '../shared/errors';
import type { Matrix } from './matrix';
import { normalizeRows, zeros } from './matrix';

/** Capacities below it count as used up: rounding must not keep the search going. */
const EPSILON = 1e-12;

/**
 * Attention flow (Abnar and Zuidema 2020): node (l, i) is token i after l layers; an edge from (l + 1, i) to (l, j) has the
 * capacity Ã[l][i, j]. Cell [q, k] is the maximum flow from (L, q) to (0, k), rows divided by their sums. Each cell is a
 * maximum flow of its own (Edmonds and Karp 1972), so that the cost grows with the fourth power of the tokens.
 */
export async function attentionFlow(layers: readonly Matrix[], signal?: AbortSignal): Promise<Matrix> {
  const size = layers[0]?.rows ?? 0;
  if (size > MAX_FLOW_TOKENS) {
    throw new ProbeError(
      'input',
      `Attention flow is computed for at most ${MAX_FLOW_TOKENS} tokens; this text has ${size}. Use rollout instead.`,
    );
  }
  const out = zeros(size, size);
  for (let query = 0; query < size; query++) {
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new ProbeError('cancelled', 'Cancelled.');
    for (let key = 0; key < size; key++) out.values[query * size + key] = maximumFlow(layers, query, key);
  }
  normalizeRows(out);
  return out;
}

function maximumFlow(layers: readonly Matrix[], query: number, key: number): number {
  const network = new Network(layers);
  const from = layers.length * network.size + query;
  let flow = 0;
  for (;;) {
    const pushed = network.augment(from, key);
    if (pushed === 0) return flow;
    flow += pushed;
  }
}

/** What can still flow: down a layer, and back up what has flowed. Node (l, i) has the number l * size + i. */
class Network {
  readonly size: number;
  private readonly down: Float64Array[];
  private readonly back: Float64Array[];
  private readonly nodes: number;

  constructor(layers: readonly Matrix[]) {
    this.size = layers[0]?.rows ?? 0;
    this.down = layers.map(({ values }) => values.slice());
    this.back = layers.map(({ values }) => new Float64Array(values.length));
    this.nodes = (layers.length + 1) * this.size;
  }

  /** Pushes as much as goes along one of the shortest paths; 0 where there is none left. */
  augment(from: number, to: number): number {
    const parents = this.search(from, to);
    if (!parents) return 0;
    let room = Infinity;
    for (let node = to; node !== from; node = parents[node] as number) {
      room = Math.min(room, this.room(parents[node] as number, node));
    }
    for (let node = to; node !== from; node = parents[node] as number) {
      this.push(parents[node] as number, node, room);
    }
    return room;
  }

  private search(from: number, to: number): Int32Array | null {
    const parents = new Int32Array(this.nodes).fill(-1);
    const queue = [from];
    parents[from] = from;
    for (let next = 0; next < queue.length; next++) {
      const node = queue[next] as number;
      if (node === to) return parents;
      const layer = Math.floor(node / this.size);
      for (const neighbour of [layer - 1, layer + 1]) {
        if (neighbour < 0 || neighbour > this.down.length) continue;
        for (let i = 0; i < this.size; i++) {
          const there = neighbour * this.size + i;
          if (parents[there] !== -1 || this.room(node, there) <= EPSILON) continue;
          parents[there] = node;
          queue.push(there);
        }
      }
    }
    return null;
  }

  private room(from: number, to: number): number {
    const { edges, at } = this.edge(from, to);
    return edges[at] as number;
  }

  private push(from: number, to: number, amount: number): void {
    const { edges, at } = this.edge(from, to);
    edges[at] = (edges[at] as number) - amount;
    const other = edges === this.down[this.layerOf(from, to)] ? this.back : this.down;
    const reverse = other[this.layerOf(from, to)] as Float64Array;
    reverse[at] = (reverse[at] as number) + amount;
  }

  /** Edges between layer l and l + 1 are numbered as cells of Ã[l], whichever way they are used. */
  private edge(from: number, to: number): { edges: Float64Array; at: number } {
    const layer = this.layerOf(from, to);
    const [upper, lower] = from > to && this.above(from, to) ? [from, to] : [to, from];
    const at = (upper % this.size) * this.size + (lower % this.size);
    const edges = upper === from ? this.down[layer] : this.back[layer];
    return { edges: edges as Float64Array, at };
  }

  private above(from: number, to: number): boolean {
    return Math.floor(from / this.size) > Math.floor(to / this.size);
  }

  private layerOf(from: number, to: number): number {
    return Math.min(Math.floor(from / this.size), Math.floor(to / this.size));
  }
}
