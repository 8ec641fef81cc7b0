import type { MatrixSource, Reduction } from '../shared/aggregate';
import type { AttentionKind } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import { attentionFlow } from './flow';
import type { Matrix } from './matrix';
import { blend, identity, normalizeRows, product, zeros } from './matrix';
import type { ReadLayer, WeightReader } from './reader';
import { headOf, layerOf, layersOf } from './reader';

/** A matrix from a run's weights; the formulas are with `MatrixSource` and `formulaOf`. */
export async function matrixOf(
  reader: WeightReader,
  source: MatrixSource,
  signal?: AbortSignal,
): Promise<Matrix> {
  switch (source.from) {
    case 'head': {
      const layer = await layerOf(reader, source.kind, source.layer);
      const values = Float64Array.from(headOf(layer, source.head));
      return { rows: layer.queries, columns: layer.keys, values };
    }
    case 'heads':
      return overHeads(await layerOf(reader, source.kind, source.layer), source.reduce);
    case 'layers':
      return overLayers(reader, source.kind, source.reduce, signal);
    case 'rollout':
      return source.kind === 'cross' ? crossRollout(reader, signal) : rollout(reader, source.kind, signal);
    case 'flow':
      return attentionFlow(await residualLayers(reader, source.kind, signal), signal);
  }
}

/** Mean or largest weight over the heads of a layer. */
export function overHeads(layer: ReadLayer, reduce: Reduction): Matrix {
  const out = zeros(layer.queries, layer.keys);
  accumulate(out, layer, reduce);
  if (reduce === 'mean') divide(out, layer.heads);
  return out;
}

async function overLayers(
  reader: WeightReader,
  kind: AttentionKind,
  reduce: Reduction,
  signal?: AbortSignal,
): Promise<Matrix> {
  let out: Matrix | undefined;
  let heads = 0;
  for await (const layer of layersOf(reader, kind, signal)) {
    out ??= zeros(layer.queries, layer.keys);
    accumulate(out, layer, reduce);
    heads += layer.heads;
  }
  if (!out) throw new RangeError('A kind has at least one layer.');
  if (reduce === 'mean') divide(out, heads);
  return out;
}

function accumulate({ values }: Matrix, { heads, weights }: ReadLayer, reduce: Reduction): void {
  for (let head = 0; head < heads; head++) {
    const matrix = weights.subarray(head * values.length, (head + 1) * values.length);
    if (reduce === 'mean') addTo(values, matrix);
    else raiseTo(values, matrix);
  }
}

function addTo(values: Float64Array, weights: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + (weights[i] as number);
}

function raiseTo(values: Float64Array, weights: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if ((weights[i] as number) > (values[i] as number)) values[i] = weights[i] as number;
  }
}

function divide({ values }: Matrix, by: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / by;
}

/** Ã[l] = ½ · mean over heads + ½ · I of every layer, rows summing to 1. */
async function residualLayers(
  reader: WeightReader,
  kind: AttentionKind,
  signal?: AbortSignal,
): Promise<Matrix[]> {
  const layers: Matrix[] = [];
  for await (const layer of layersOf(reader, kind, signal)) layers.push(withResidual(layer));
  return layers;
}

function withResidual(layer: ReadLayer): Matrix {
  const mixed = blend(0.5, overHeads(layer, 'mean'), 0.5, identity(layer.queries));
  normalizeRows(mixed);
  return mixed;
}

/** Ã[L−1] · … · Ã[0]; each layer is multiplied when it is read, so that it can be stopped in between. */
async function rollout(reader: WeightReader, kind: AttentionKind, signal?: AbortSignal): Promise<Matrix> {
  let below: Matrix | undefined;
  for await (const layer of layersOf(reader, kind, signal)) {
    const mixed = withResidual(layer);
    below = below ? product(mixed, below) : mixed;
  }
  if (!below) throw new RangeError('A kind has at least one layer.');
  return below;
}

/**
 * What the decoder's last layer can hold of each source token, with a residual connection around the cross-attention as
 * around all others: E[l] = ½ · Ã[l] · E[l−1] + ½ · C[l] · R, where R is the encoder's rollout. Rows of E[L−1] sum to
 * 1 − ½ᴸ, by which they are divided. Defined where every decoder layer has both attentions.
 */
async function crossRollout(reader: WeightReader, signal?: AbortSignal): Promise<Matrix> {
  const counts = (kind: AttentionKind) => reader.layers.filter((layer) => layer.kind === kind).length;
  if (counts('encoder') === 0 || counts('cross') === 0 || counts('cross') !== counts('decoder')) {
    throw new ProbeError(
      'usage',
      'Rollout through the cross-attention is defined for an encoder-decoder whose decoder layers all have cross-attention.',
    );
  }
  const encoder = await rollout(reader, 'encoder', signal);
  const own = await residualLayers(reader, 'decoder', signal);
  let held: Matrix | undefined;
  for await (const layer of layersOf(reader, 'cross', signal)) {
    const taken = product(overHeads(layer, 'mean'), encoder);
    const self = own[layer.layer] as Matrix;
    held = blend(0.5, held ? product(self, held) : zeros(taken.rows, taken.columns), 0.5, taken);
  }
  if (!held) throw new RangeError('A kind has at least one layer.');
  normalizeRows(held);
  return held;
}
