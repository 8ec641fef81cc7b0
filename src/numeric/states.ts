import { ProbeError } from '../shared/errors';
import type { StateGeometry } from '../shared/states';
import { dot, norm, normalized } from './vectors';

/** One hidden state: `shape` [positions, width], row-major. */
export interface StateTensor {
  shape: number[];
  data: Float32Array;
}

/** Norms, similarities and pooled vectors of a stack's hidden states, in double precision. Vectors of 0 have cosine 0. */
export function stateGeometry(
  states: readonly StateTensor[],
  { pooled, shown }: { pooled: readonly number[]; shown: number },
): StateGeometry {
  const last = states.at(-1);
  const [positions = 0] = last?.shape ?? [];
  if (!last || positions === 0)
    throw new ProbeError('model', 'The hidden states of this model are not known.');
  if (pooled.some((at) => !Number.isInteger(at) || at < 0 || at >= positions) || shown < 0) {
    throw new ProbeError('usage', 'The request names tokens that this result does not have.');
  }
  const rows = rowsOf(last);
  const mean = meanOf(
    pooled.map((at) => rows[at] as Float64Array),
    rows[0]?.length ?? 0,
  );
  const unit = rows.map(normalized);
  const toward = normalized(mean);
  const seen = unit.slice(0, shown);
  return {
    norms: states.map((state) => rowsOf(state).map(norm)),
    cosines: states.map(meanCosine),
    similarity: Float32Array.from(seen.flatMap((one) => seen.map((other) => dot(one, other)))),
    vectors: {
      first: Float32Array.from(rows[0] ?? []),
      last: Float32Array.from(rows.at(-1) ?? []),
      mean: Float32Array.from(mean),
    },
    toMean: unit.map((one) => dot(one, toward)),
  };
}

/** |sum of unit vectors|² counts each pair twice and each vector with itself once: n² products without making them. */
function meanCosine(state: StateTensor): number | null {
  const unit = rowsOf(state).map(normalized);
  const count = unit.length;
  if (count < 2) return null;
  const sum = meanOf(unit, unit[0]?.length ?? 0).map((value) => value * count);
  const own = unit.reduce((total, one) => total + dot(one, one), 0);
  return (dot(sum, sum) - own) / (count * (count - 1));
}

function rowsOf({ shape: [count = 0, width = 0], data }: StateTensor): Float64Array[] {
  return Array.from({ length: count }, (_, row) =>
    Float64Array.from(data.subarray(row * width, (row + 1) * width)),
  );
}

function meanOf(rows: readonly Float64Array[], width: number): Float64Array {
  const sum = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) sum[i] = (sum[i] as number) + (row[i] as number);
  return sum.map((value) => value / Math.max(1, rows.length));
}
