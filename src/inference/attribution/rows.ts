import type { TokenScores } from '../../shared/attributionRequests';
import type { OpenModel } from '../openModel';
import { runModel } from '../runner';
import type { RunOptions } from '../runner';
import type { LayerWeights } from '../tiles';
import type { Text } from './graphs';

/** See `attentionRows` in AttributionMethods. Without a position: from the first token, or from a decoder's last one. */
export async function attentionRows(
  model: OpenModel,
  request: Text & { position: number | null },
  options: RunOptions,
): Promise<Record<'mean' | 'last' | 'rollout', TokenScores>> {
  const { layers } = await runModel(model, request, options);
  const of = (kind: LayerWeights['kind']) => layers.filter((layer) => layer.kind === kind);
  const cross = of('cross');
  if (cross.length === 0) {
    const own = of(model.lone);
    const at = request.position ?? (model.lone === 'decoder' ? request.ids.length - 1 : 0);
    return {
      mean: { input: meanRow(own, at) },
      last: { input: meanRow(own.slice(-1), at) },
      rollout: { input: row(rollout(own), request.ids.length, at) },
    };
  }
  const at = request.position ?? 0;
  const [encoder, decoder] = [of('encoder'), of('decoder')];
  const crossMean = meanRow(cross, at);
  return {
    mean: { input: crossMean, target: meanRow(decoder, at) },
    last: { input: meanRow(cross.slice(-1), at), target: meanRow(decoder.slice(-1), at) },
    rollout: {
      input: through(crossMean, rollout(encoder)),
      target: row(rollout(decoder), (request.targetIds ?? []).length, at),
    },
  };
}

/** Attention from a query, mean over layers and heads. */
function meanRow(layers: readonly LayerWeights[], query: number): number[] {
  const keys = layers[0]?.keys ?? 0;
  const sums = new Array<number>(keys).fill(0);
  let count = 0;
  for (const { heads, queries, weights } of layers) {
    count += heads;
    for (let head = 0; head < heads; head++) {
      const start = (head * queries + query) * keys;
      for (let key = 0; key < keys; key++)
        sums[key] = (sums[key] as number) + (weights[start + key] as number);
    }
  }
  return sums.map((sum) => sum / Math.max(count, 1));
}

/**
 * Attention rollout (Abnar and Zuidema 2020): the product over layers, the first rightmost, of A/2 + I/2, A being a
 * layer's mean over heads. Row-major [tokens, tokens].
 */
export function rollout(layers: readonly LayerWeights[]): Float64Array {
  const tokens = layers[0]?.keys ?? 0;
  let joint = identity(tokens);
  for (const layer of layers) joint = product(mixed(layer), joint, tokens);
  return joint;
}

function mixed({ heads, queries, keys, weights }: LayerWeights): Float64Array {
  const mean = new Float64Array(queries * keys);
  for (let i = 0; i < weights.length; i++) {
    const at = i % mean.length;
    mean[at] = (mean[at] as number) + (weights[i] as number) / (2 * heads);
  }
  for (let i = 0; i < queries; i++) mean[i * keys + i] = (mean[i * keys + i] as number) + 0.5;
  return mean;
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k] as number;
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) {
        out[i * size + j] = (out[i * size + j] as number) + factor * (b[k * size + j] as number);
      }
    }
  }
  return out;
}

function identity(size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) out[i * size + i] = 1;
  return out;
}

function row(matrix: Float64Array, size: number, at: number): number[] {
  return Array.from(matrix.subarray(at * size, (at + 1) * size));
}

/** A row times a square matrix. */
function through(weights: readonly number[], matrix: Float64Array): number[] {
  const size = weights.length;
  return weights.map((_, j) => weights.reduce((sum, w, k) => sum + w * (matrix[k * size + j] as number), 0));
}
