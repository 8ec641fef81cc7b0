/** Links of one or more heads between two columns of tokens, in parallel arrays, weakest first. */
export interface Links {
  count: number;
  query: Uint32Array;
  key: Uint32Array;
  weight: Float32Array;
  /** Index into the heads that the links were made from. */
  head: Uint8Array;
  /** Links that there are in all, and the least weight among those kept. */
  total: number;
  least: number;
}

/** One head's matrix, `weights[query * keys + key]`. */
export interface LinkMatrix {
  queries: number;
  keys: number;
  weights: Float32Array;
}

/** Tokens whose links alone are wanted; null for all. */
export interface Focus {
  query: number | null;
  key: number | null;
}

/** The most links drawn at once: more cannot be told apart. */
export const MOST_LINKS = 20_000;
const BUCKETS = 4096;

/**
 * The strongest links of the heads, at most `most`. A histogram of the weights finds where to cut, so that a layer of
 * millions of weights takes one pass to count and one to collect.
 */
export function strongestLinks(heads: LinkMatrix[], focus: Focus, most = MOST_LINKS): Links {
  const counts = new Uint32Array(BUCKETS);
  let total = 0;
  eachLink(heads, focus, (_head, _query, _key, weight) => {
    counts[bucketOf(weight)] = (counts[bucketOf(weight)] as number) + 1;
    total++;
  });
  const cut = cutBucket(counts, most);
  const links = emptyLinks(Math.min(total, most), total);
  eachLink(heads, focus, (head, query, key, weight) => {
    if (bucketOf(weight) < cut || links.count === links.weight.length) return;
    const at = links.count++;
    links.head[at] = head;
    links.query[at] = query;
    links.key[at] = key;
    links.weight[at] = weight;
  });
  return sorted(links);
}

/** Visits every weight above 0 that the focus lets through. */
function eachLink(
  heads: LinkMatrix[],
  { query: wantedQuery, key: wantedKey }: Focus,
  visit: (head: number, query: number, key: number, weight: number) => void,
): void {
  const all = wantedQuery === null && wantedKey === null;
  heads.forEach(({ queries, keys, weights }, head) => {
    for (let query = 0, i = 0; query < queries; query++) {
      for (let key = 0; key < keys; key++, i++) {
        const weight = weights[i] as number;
        if (weight > 0 && (all || query === wantedQuery || key === wantedKey))
          visit(head, query, key, weight);
      }
    }
  });
}

const bucketOf = (weight: number): number => Math.min(BUCKETS - 1, Math.floor(Math.sqrt(weight) * BUCKETS));

/** The lowest bucket that still fits, counted from the strongest. */
function cutBucket(counts: Uint32Array, most: number): number {
  let kept = 0;
  for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
    kept += counts[bucket] as number;
    if (kept > most) return Math.min(BUCKETS - 1, bucket + 1);
  }
  return 0;
}

function emptyLinks(room: number, total: number): Links {
  return {
    count: 0,
    query: new Uint32Array(room),
    key: new Uint32Array(room),
    weight: new Float32Array(room),
    head: new Uint8Array(room),
    total,
    least: 0,
  };
}

/** Weakest first, so that strong links are drawn over weak ones. */
function sorted({ count, query, key, weight, head, total }: Links): Links {
  const order = new Uint32Array(count)
    .map((_, i) => i)
    .sort((a, b) => (weight[a] as number) - (weight[b] as number));
  const pick = <T extends Uint32Array | Float32Array | Uint8Array>(from: T, into: T): T => {
    for (let i = 0; i < count; i++) into[i] = from[order[i] as number] as number;
    return into;
  };
  return {
    count,
    query: pick(query, new Uint32Array(count)),
    key: pick(key, new Uint32Array(count)),
    weight: pick(weight, new Float32Array(count)),
    head: pick(head, new Uint8Array(count)),
    total,
    least: count > 0 ? (weight[order[0] as number] as number) : 0,
  };
}

/**
 * The link nearest to a point between the columns, at most `reach` pixels above or below it; -1 for none. `across` is the
 * point's place between the columns, 0 to 1, and `at` its height; strong links win over weak ones as near.
 */
export function nearestLink(links: Links, across: number, at: number, rowPx: number, reach: number): number {
  let best = -1;
  let nearest = reach;
  for (let i = links.count - 1; i >= 0; i--) {
    const from = ((links.query[i] as number) + 0.5) * rowPx;
    const to = ((links.key[i] as number) + 0.5) * rowPx;
    const distance = Math.abs(from + across * (to - from) - at);
    if (distance < nearest - 0.5) {
      nearest = distance;
      best = i;
    }
  }
  return best;
}
