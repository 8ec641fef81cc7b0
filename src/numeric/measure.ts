import { METRICS } from '../shared/metrics';
import type { MetricName, MetricValues } from '../shared/metrics';
import type { Geometry } from './geometry';
import { rankCorrelation } from './rank';
import { RowReader } from './rowSums';
import type { RowSums } from './rowSums';

/** Rows that keep less of their attention are left out of measures without sinks. */
const LEAST_ROW_MASS = 0.01;

export interface Measured {
  values: MetricValues;
  /** Part of the rows' attention that the geometry keeps, mean over its rows. */
  keptMass: number;
}

/** The measures of heads of one kind under two geometries, of which `clean` counts fewer rows and columns. */
export class HeadMeter {
  private readonly reader: RowReader;
  private readonly cleanRows: Set<number>;

  constructor(
    private readonly raw: Geometry,
    private readonly clean: Geometry,
  ) {
    this.reader = new RowReader(raw, clean);
    this.cleanRows = new Set(clean.rows);
  }

  /**
   * The measures of one head, [queries, keys] at `at` of `weights`; the formulas are with `METRICS`. Rows are divided by
   * what a geometry keeps of them.
   */
  measure(weights: Float32Array, at: number): { raw: Measured; clean: Measured } {
    const [raw, clean] = [new Tally(this.raw), new Tally(this.clean)];
    for (const query of this.raw.rows) {
      const start = at + query * this.raw.keys;
      const { all, few } = this.reader.read(weights, start, query);
      raw.add(weights, start, query, all);
      if (this.cleanRows.has(query)) clean.add(weights, start, query, few);
    }
    return { raw: raw.measured(), clean: clean.measured() };
  }
}

/** The rows of one head under one geometry. */
class Tally {
  private readonly means = new Means();
  private readonly positions: number[] = [];
  private kept = 0;

  constructor(private readonly geometry: Geometry) {}

  add(weights: Float32Array, start: number, query: number, sums: RowSums): void {
    this.kept += sums.mass;
    if (sums.mass < LEAST_ROW_MASS) return;
    addRow(this.means, sums, query, this.geometry);
    addCells(this.means, weights, start, query, sums.mass, this.geometry);
    this.positions.push(sums.position / sums.mass);
  }

  measured(): Measured {
    const { geometry, kept } = this;
    const values = this.means.values();
    if (geometry.kind === 'cross') values.monotonicity = rankCorrelation(this.positions);
    const keptMass = geometry.rows.length === 0 ? 0 : kept / geometry.rows.length;
    return { values: definedFor(geometry, values), keptMass };
  }
}

/** The measures of attention that is spread evenly over the visible columns. */
export function measureUniform(geometry: Geometry): MetricValues {
  const { kind, queries, keys, kept, visible } = geometry;
  const weights = new Float32Array(queries * keys);
  for (let query = 0; query < queries; query++) {
    const end = kind === 'decoder' ? query + 1 : keys;
    for (let key = 0; key < end; key++) {
      if (kept[key]) weights[query * keys + key] = 1 / (visible[query] as number);
    }
  }
  return new HeadMeter(geometry, geometry).measure(weights, 0).clean.values;
}

function addRow(
  means: Means,
  { mass, logs, distance, local }: RowSums,
  query: number,
  geometry: Geometry,
): void {
  // A row that is all at one place may be a rounding error below zero.
  const entropy = Math.max(0, Math.log(mass) - logs / mass);
  const visible = geometry.visible[query] as number;
  means.add('entropy', entropy);
  if (visible > 1) means.add('normalizedEntropy', entropy / Math.log(visible));
  means.add('distance', distance / mass);
  means.add('local', local / mass);
}

/** The shares of single columns; the row begins at `start`. */
function addCells(
  means: Means,
  weights: Float32Array,
  start: number,
  query: number,
  mass: number,
  geometry: Geometry,
): void {
  const { kind, keys, kept, separators, sinks, duplicates, inductions } = geometry;
  const share = (list: readonly number[]) => shareOf(weights, start, list, mass);
  const isKept = (key: number) => key >= 0 && key < keys && kept[key] === 1;
  const cell = (key: number) => (weights[start + key] as number) / mass;
  if (isKept(query)) means.add('self', cell(query));
  if (isKept(query - 1)) means.add('previous', cell(query - 1));
  if (isKept(query + 1)) means.add('next', cell(query + 1));
  const alone = kind === 'decoder' && query === 0;
  if (!alone && isKept(0)) means.add('first', cell(0));
  if (!alone) means.add('sink', share(sinks));
  if (separators.length > 0) means.add('separator', share(separators));
  const same = duplicates[query] as number[];
  const after = inductions[query] as number[];
  if (same.length > 0) means.add('duplicate', share(same));
  if (after.length > 0) means.add('induction', share(after));
}

function shareOf(weights: Float32Array, start: number, list: readonly number[], mass: number): number {
  let sum = 0;
  for (const key of list) sum += weights[start + key] as number;
  return sum / mass;
}

/** Measures that make no sense for a kind of attention are null. */
function definedFor({ kind }: Geometry, values: MetricValues): MetricValues {
  for (const name of NAMES) {
    const kinds: readonly string[] = METRICS[name].kinds;
    if (!kinds.includes(kind)) values[name] = null;
  }
  return values;
}

const NAMES = Object.keys(METRICS) as MetricName[];

const PLACES = Object.fromEntries(NAMES.map((name, place) => [name, place])) as Record<MetricName, number>;

class Means {
  private readonly sums = new Float64Array(NAMES.length);
  private readonly counts = new Uint32Array(NAMES.length);

  add(name: MetricName, value: number): void {
    const place = PLACES[name];
    this.sums[place] = (this.sums[place] as number) + value;
    this.counts[place] = (this.counts[place] as number) + 1;
  }

  /** Null where nothing was added. */
  values(): MetricValues {
    const entries = NAMES.map((name, place) => {
      const count = this.counts[place] as number;
      return [name, count === 0 ? null : (this.sums[place] as number) / count];
    });
    return Object.fromEntries(entries) as MetricValues;
  }
}
