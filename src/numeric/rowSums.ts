import { LOCAL_WINDOW } from '../shared/metrics';
import type { Geometry } from './geometry';
import { logarithm } from './logarithm';

/** Sums over the columns of a row that count, not yet divided by its mass. */
export interface RowSums {
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

/** Mass, Σ p ln p and Σ p k of a part of a row. */
const PARTS = 3;
const [MASS, LOGS, POSITION] = [0, 1, 2] as const;

/**
 * Reads rows once for two geometries, of which the second counts fewer columns: the sums over those, and over all that
 * the first counts. Most of the work of measuring a head is here: one pass without tests inside, and |q − k| from the sums
 * on either side of q.
 */
export class RowReader {
  /** Runs of columns that `few` counts, and the single columns that only `all` does. */
  private readonly runs: [from: number, to: number][];
  private readonly between: number[];
  private readonly sums = { all: emptySums(), few: emptySums() };
  private readonly below = new Float64Array(PARTS);
  private readonly above = new Float64Array(PARTS);

  constructor(
    all: Geometry,
    private readonly few: Geometry,
  ) {
    this.runs = runsOf(few.kept);
    this.between = few.removed.filter((key) => all.kept[key]);
  }

  /** The row of `query` begins at `start` of `weights`. The sums are overwritten by the next call. */
  read(weights: Float32Array, start: number, query: number): { all: RowSums; few: RowSums } {
    const end = this.few.kind === 'decoder' ? query + 1 : this.few.keys;
    const { all, few } = this.sums;
    this.count(few, weights, start, query, end);
    Object.assign(all, few);
    for (const key of this.between) {
      if (key < end) addCell(all, weights[start + key] as number, query, key);
    }
    return this.sums;
  }

  private count(sums: RowSums, weights: Float32Array, start: number, query: number, end: number): void {
    const { below, above } = this;
    below.fill(0);
    above.fill(0);
    for (const [from, to] of this.runs) {
      addRun(weights, start, from, Math.min(to, query), below);
      addRun(weights, start, Math.max(from, query), Math.min(to, end), above);
    }
    const before = query * (below[MASS] as number) - (below[POSITION] as number);
    const after = (above[POSITION] as number) - query * (above[MASS] as number);
    sums.mass = (below[MASS] as number) + (above[MASS] as number);
    sums.logs = (below[LOGS] as number) + (above[LOGS] as number);
    sums.distance = before + after;
    sums.local = this.local(weights, start, query, end);
    sums.position = (below[POSITION] as number) + (above[POSITION] as number);
  }

  private local(weights: Float32Array, start: number, query: number, end: number): number {
    let sum = 0;
    const last = Math.min(end - 1, query + LOCAL_WINDOW);
    for (let key = Math.max(0, query - LOCAL_WINDOW); key <= last; key++) {
      if (this.few.kept[key]) sum += weights[start + key] as number;
    }
    return sum;
  }
}

function emptySums(): RowSums {
  return { mass: 0, logs: 0, distance: 0, local: 0, position: 0 };
}

function addRun(weights: Float32Array, start: number, from: number, to: number, sums: Float64Array): void {
  let mass = 0;
  let logs = 0;
  let position = 0;
  for (let key = from; key < to; key++) {
    const p = weights[start + key] as number;
    mass += p;
    logs += p * logarithm(p);
    position += p * key;
  }
  sums[MASS] = (sums[MASS] as number) + mass;
  sums[LOGS] = (sums[LOGS] as number) + logs;
  sums[POSITION] = (sums[POSITION] as number) + position;
}

function addCell(sums: RowSums, p: number, query: number, key: number): void {
  const distance = Math.abs(query - key);
  sums.mass += p;
  sums.logs += p * logarithm(p);
  sums.distance += p * distance;
  if (distance <= LOCAL_WINDOW) sums.local += p;
  sums.position += p * key;
}

function runsOf(kept: Uint8Array): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (let from = 0; from < kept.length; from++) {
    if (!kept[from]) continue;
    let to = from;
    while (kept[to]) to++;
    runs.push([from, to]);
    from = to;
  }
  return runs;
}
