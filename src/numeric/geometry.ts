import type { AttentionKind } from '../shared/attention';
import type { AxisFacts } from '../shared/inference';

/** What head metrics need to know of a run's tokens, for one kind of attention. */
export interface MetricInput {
  kind: AttentionKind;
  queries: AxisFacts;
  keys: AxisFacts;
  /** Positions of sink tokens on the key axis. */
  sinks: readonly number[];
}

/** Which cells of a kind's matrices each measure looks at. */
export interface Geometry {
  kind: AttentionKind;
  queries: number;
  keys: number;
  /** Rows that count. */
  rows: number[];
  /** Whether a column counts. */
  kept: Uint8Array;
  /** Columns that do not, ascending. */
  removed: number[];
  /** For every row, how many of the columns that count it can see. */
  visible: Int32Array;
  separators: number[];
  /** Special and sink tokens. */
  sinks: number[];
  /** For every row, columns that hold the row's own token at another place. */
  duplicates: number[][];
  /** For every row, columns right after such a place. */
  inductions: number[][];
}

/** Everything counts. */
export function rawGeometry(input: MetricInput): Geometry {
  const nothing = new Set<number>();
  return geometry(input, nothing, nothing);
}

/** The rows and columns of special tokens and the columns of sinks do not count. */
export function cleanGeometry(input: MetricInput): Geometry {
  const specials = ({ special }: AxisFacts) => positions(special.length).filter((i) => special[i]);
  return geometry(
    input,
    new Set(specials(input.queries)),
    new Set([...specials(input.keys), ...input.sinks]),
  );
}

function geometry(
  input: MetricInput,
  withoutRows: ReadonlySet<number>,
  withoutColumns: ReadonlySet<number>,
): Geometry {
  const { kind, queries, keys } = input;
  const [height, width] = [queries.ids.length, keys.ids.length];
  const kept = Uint8Array.from({ length: width }, (_, key) => (withoutColumns.has(key) ? 0 : 1));
  const columns = positions(width).filter((key) => kept[key]);
  const places = placesOf(input);
  const reaches = (query: number, key: number) => kept[key] === 1 && (kind !== 'decoder' || key <= query);
  const specials = columns.filter((key) => keys.special[key]);
  return {
    kind,
    queries: height,
    keys: width,
    rows: positions(height).filter((query) => !withoutRows.has(query)),
    kept,
    removed: [...withoutColumns].sort((a, b) => a - b),
    visible: Int32Array.from(
      { length: height },
      (_, query) => columns.filter((key) => reaches(query, key)).length,
    ),
    separators: specials.filter((key) => key > 0),
    sinks: columns.filter((key) => keys.special[key] || input.sinks.includes(key)),
    duplicates: places.map((list, query) => list.filter((key) => reaches(query, key))),
    inductions: places.map((list, query) =>
      list.map((key) => key + 1).filter((key) => key !== query && key < width && reaches(query, key)),
    ),
  };
}

/** For every query of self-attention, where else (decoders: where before) its token stands; special tokens left out. */
function placesOf({ kind, queries }: MetricInput): number[][] {
  const { ids, special } = queries;
  if (kind === 'cross') return ids.map(() => []);
  const byId = new Map<number, number[]>();
  for (const [position, id] of ids.entries()) {
    if (!special[position]) byId.set(id, [...(byId.get(id) ?? []), position]);
  }
  return ids.map((id, query) =>
    special[query]
      ? []
      : (byId.get(id) ?? []).filter((at) => (kind === 'decoder' ? at < query : at !== query)),
  );
}

function positions(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
