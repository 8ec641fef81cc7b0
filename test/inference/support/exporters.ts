import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../../src/inference/engine';
import { kindOf, readParts } from '../../../src/inference/parts';
import type { TensorData } from '../../../src/inference/tensors';
import { locateModel } from '../../../src/models/folder';
import type { AttentionKind, AttentionLayer } from '../../../src/shared/attention';
import { FIXTURES, readReference } from './reference';
import type { ReferenceCase } from './reference';

export const EXPORTERS = join(FIXTURES, '..', 'exporters');

/** Folders of models/ that stand for an exporter, too. */
const ALSO: Record<string, Facts> = {
  'bert-eager': facts('torch eager', 'BERT'),
  'bert-sdpa': facts('torch SDPA', 'BERT'),
  'bert-external-data': facts('torch eager, external data', 'BERT'),
  'bert-if-weights': facts('If around the model', 'BERT', 'a flag among the inputs chooses the branch'),
  'distilbert-eager': facts('torch eager', 'DistilBERT'),
  'roberta-sdpa': facts('torch SDPA', 'RoBERTa'),
  'gpt2-eager': facts('torch eager', 'GPT-2'),
  'gpt2-past': facts('torch eager, empty past', 'GPT-2'),
  'gpt2-sdpa': facts('torch SDPA', 'GPT-2'),
  'llama-eager': facts('torch eager', 'Llama', 'grouped-query heads'),
  'llama-past': facts('torch SDPA, empty past', 'Llama', 'grouped-query heads'),
  't5-eager': facts('torch eager', 'T5', 'position bias'),
  't5-single': facts('torch eager, one graph', 'T5', 'position bias'),
  't5-merged': facts('merged decoder (If)', 'T5'),
  'bart-eager': facts('torch eager, rank 3', 'BART'),
  'bart-sdpa': facts('torch SDPA', 'BART'),
};

interface Facts {
  pattern: string;
  family: string;
  precision: string;
  note: string;
}

export interface Row extends Facts {
  layers: number;
  /** Largest difference from PyTorch's attention, which is in single precision. */
  difference: number;
  /** Largest difference from the softmax of the file's own queries and keys; 0 where the difference is enough. */
  own: number;
}

function facts(pattern: string, family: string, note = ''): Facts {
  return { pattern, family, precision: 'fp32', note };
}

/** Every folder that stands for a way of writing attention, by its path from models/. */
export function exporterNames(): string[] {
  return [
    ...Object.keys(ALSO),
    ...readdirSync(EXPORTERS)
      .sort()
      .map((name) => `../exporters/${name}`),
  ];
}

/** Runs the cases of a folder, up to 64 tokens, and compares their attention. */
export async function measure(name: string): Promise<Row> {
  const stated =
    ALSO[name] ?? (JSON.parse(readFileSync(join(FIXTURES, name, 'fixture.json'), 'utf8')) as Facts);
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 30, log: () => undefined });
  const row: Row = { ...stated, layers: 0, difference: 0, own: 0 };
  for (const one of readReference(name).cases.filter(isShort)) {
    const compared = await compareCase(engine, join(FIXTURES, name), one, stated.precision !== 'fp32');
    row.layers = compared.layers;
    row.difference = worse(row.difference, compared.difference);
    row.own = worse(row.own, compared.own);
  }
  await engine.close();
  return row;
}

function isShort({ inputs }: ReferenceCase): boolean {
  return Math.max(inputs.input_ids.length, inputs.decoder_input_ids?.length ?? 0) <= 64;
}

async function compareCase(
  engine: Engine,
  model: string,
  { inputs, tensors }: ReferenceCase,
  withOwn: boolean,
): Promise<Pick<Row, 'layers' | 'difference' | 'own'>> {
  const input = { ids: inputs.input_ids, targetIds: inputs.decoder_input_ids };
  const run = await engine.request('run', { model, ...input, taps: ['query', 'key', 'value', 'scores'] });
  const read = (name: string) => engine.request('tensor', { runId: run.runId, name });
  let difference = 0;
  const wanted = new Set<string>();
  for (const entry of tensors.filter((one) => one.name === 'attention')) {
    wanted.add(`${entry.kind}.${entry.layer}`);
    const { data, shape } = await read(`${entry.kind}.${entry.layer}.weights`);
    const size = (shape[1] ?? 0) * (shape[2] ?? 0);
    for (const [i, head] of (entry.heads ?? []).entries()) {
      const truth = entry.data.subarray(i * size, (i + 1) * size);
      difference = worse(difference, farthest(data.subarray(head * size, (head + 1) * size), truth));
    }
  }
  assert.deepEqual(new Set(run.layers.map(({ kind, layer }) => `${kind}.${layer}`)), wanted);
  const own = withOwn ? await ownDifference(model, run.layers, read) : 0;
  await engine.request('forget', { runId: run.runId });
  return { layers: run.layers.length, difference, own };
}

type Read = (name: string) => Promise<TensorData>;

/** How far the weights are from softmax(scale * query . key), causal in decoders, of the tapped queries and keys. */
async function ownDifference(model: string, layers: AttentionLayer[], read: Read): Promise<number> {
  let most = 0;
  for (const { kind, layer } of layers) {
    const weights = await read(`${kind}.${layer}.weights`);
    const query = await read(`${kind}.${layer}.query`);
    const key = await read(`${kind}.${layer}.key`);
    const factor = await scaleOf(model, kind, layer, query.shape.at(-1) ?? 1);
    most = worse(most, farthest(weights.data, softmaxOf(query, key, factor, kind === 'decoder')));
  }
  return most;
}

/** What is left to multiply the product with: the graph's factor, or 1/sqrt(head size) where the graph does not say. */
async function scaleOf(model: string, kind: AttentionKind, layer: number, headSize: number): Promise<number> {
  const parts = await readParts(await locateModel(model, { bundledDir: FIXTURES }));
  const blocks = parts.flatMap((part) => part.blocks.filter((block) => kindOf(part, block, kind) === kind));
  const block = blocks.find((one) => one.layer === layer);
  assert.ok(block);
  return block.scale ?? 1 / Math.sqrt(headSize);
}

function softmaxOf(query: TensorData, key: TensorData, scale: number, causal: boolean): Float32Array {
  const [heads = 0, queries = 0, size = 0] = query.shape;
  const [keyHeads = 0, keys = 0] = key.shape;
  const out = new Float32Array(heads * queries * keys);
  for (let h = 0; h < heads; h++) {
    const group = Math.floor((h * keyHeads) / heads);
    for (let q = 0; q < queries; q++) {
      const reach = causal ? q + 1 : keys;
      const row = Array.from({ length: reach }, (_, k) => {
        let sum = 0;
        for (let i = 0; i < size; i++) {
          sum +=
            (query.data[(h * queries + q) * size + i] as number) *
            (key.data[(group * keys + k) * size + i] as number);
        }
        return sum * scale;
      });
      const top = Math.max(...row);
      const total = row.reduce((sum, score) => sum + Math.exp(score - top), 0);
      row.forEach((score, k) => (out[(h * queries + q) * keys + k] = Math.exp(score - top) / total));
    }
  }
  return out;
}

/** NaN where anything is NaN, so that no comparison passes. */
function farthest(found: Float32Array, wanted: Float32Array): number {
  assert.equal(found.length, wanted.length);
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    most = worse(most, Math.abs((found[i] as number) - (wanted[i] as number)));
  }
  return most;
}

function worse(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b);
}
