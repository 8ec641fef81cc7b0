import { LOCAL_WINDOW, METRICS } from '../shared/metrics';
import type { MetricName, MetricValues } from '../shared/metrics';
import type { Geometry } from './geometry';
import { rankCorrelation } from './rank';

/** Rows that keep less of their attention are left out of measures without sinks. */
const LEAST_ROW_MASS = 0.01;

/** Sums over the columns of a row, not yet divided by its mass. */
interface RowSums {
  mass: number;
  /** Σ p ln p */
  logs: number;
  /** Σ p |q − k| */
  distance: number;
  /** Σ p over |q − k| ≤ LOCAL_WINDOW */
  local: number;
  /** Σ p k */
  position: number;
}

export interface Measured {
  values: MetricValues;
  /** Part of the rows' attention that the geometry keeps, mean over its rows. */
  keptMass: number;
}

/**
 * The measures of one head, [queries, keys] at `at` of `weights`; the formulas are with `METRICS`. Rows are divided by what
 * the geometry keeps of them.
 */
export function measureHead(weights: ArrayLike<number>, at: number, geometry: Geometry): Measured {
  const means = new Means();
  const positions: number[] = [];
  let kept = 0;
  for (const query of geometry.rows) {
    const start = at + query * geometry.keys;
    const sums = sumRow(weights, start, query, geometry);
    kept += sums.mass;
    if (sums.mass < LEAST_ROW_MASS) continue;
    addRow(means, sums, query, geometry);
    addCells(means, (key) => (weights[start + key] as number) / sums.mass, query, geometry);
    positions.push(sums.position / sums.mass);
  }
  const values = means.values();
  if (geometry.kind === 'cross') values.monotonicity = rankCorrelation(positions);
  const keptMass = geometry.rows.length === 0 ? 0 : kept / geometry.rows.length;
  return { values: definedFor(geometry, values), keptMass };
}

/** The measures of attention that is spread evenly over the visible columns. */
export function measureUniform(geometry: Geometry): MetricValues {
  const { kind, queries, keys, kept, visible } = geometry;
  const weights = new Float64Array(queries * keys);
  for (let query = 0; query < queries; query++) {
    const end = kind === 'decoder' ? query + 1 : keys;
    for (let key = 0; key < end; key++) {
      if (kept[key]) weights[query * keys + key] = 1 / (visible[query] as number);
    }
  }
  return measureHead(weights, 0, geometry).values;
}

function sumRow(weights: ArrayLike<number>, start: number, query: number, geometry: Geometry): RowSums {
  const sums: RowSums = { mass: 0, logs: 0, distance: 0, local: 0, position: 0 };
  const end = geometry.kind === 'decoder' ? query + 1 : geometry.keys;
  const { kept } = geometry;
  for (let key = 0; key < end; key++) {
    const p = weights[start + key] as number;
    if (p === 0 || kept[key] === 0) continue;
    const distance = key < query ? query - key : key - query;
    sums.mass += p;
    sums.logs += p * Math.log(p);
    sums.distance += p * distance;
    if (distance <= LOCAL_WINDOW) sums.local += p;
    sums.position += p * key;
  }
  return sums;
}

function addRow(
  means: Means,
  { mass, logs, distance, local }: RowSums,
  query: number,
  geometry: Geometry,
): void {
  const entropy = Math.log(mass) - logs / mass;
  const visible = geometry.visible[query] as number;
  means.add('entropy', entropy);
  if (visible > 1) means.add('normalizedEntropy', entropy / Math.log(visible));
  means.add('distance', distance / mass);
  means.add('local', local / mass);
}

function addCells(means: Means, weight: (key: number) => number, query: number, geometry: Geometry): void {
  const { kind, keys, kept, separators, sinks, duplicates, inductions } = geometry;
  const total = (list: readonly number[]) => list.reduce((sum, key) => sum + weight(key), 0);
  const point = (name: MetricName, key: number) => {
    if (key >= 0 && key < keys && kept[key]) means.add(name, weight(key));
  };
  point('self', query);
  point('previous', query - 1);
  point('next', query + 1);
  const alone = kind === 'decoder' && query === 0;
  if (!alone) {
    point('first', 0);
    means.add('sink', total(sinks));
  }
  if (separators.length > 0) means.add('separator', total(separators));
  const [same, after] = [duplicates[query] as number[], inductions[query] as number[]];
  if (same.length > 0) means.add('duplicate', total(same));
  if (after.length > 0) means.add('induction', total(after));
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

class Means {
  private readonly sums = new Map<MetricName, { sum: number; count: number }>();

  add(name: MetricName, value: number): void {
    const mean = this.sums.get(name);
    if (mean) {
      mean.sum += value;
      mean.count++;
    } else {
      this.sums.set(name, { sum: value, count: 1 });
    }
  }

  values(): MetricValues {
    const entries = NAMES.map((name) => {
      const mean = this.sums.get(name);
      return [name, mean ? mean.sum / mean.count : null];
    });
    return Object.fromEntries(entries) as MetricValues;
  }
}
