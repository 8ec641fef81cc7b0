import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceClient } from '../../src/inference/client';
import { ProbeError } from '../../src/shared/errors';
import { mutate, mutateJson } from '../support/mutate';
import { seeded } from '../support/seeded';
import { FIXTURES } from './support/reference';

/*
 * Real models, tokenizers and configs, damaged one at a time, through the real inference process: opened, fed a text and
 * run. Each ends in an error that names a file and says why, or works because the damage does not matter.
 */

const ENTRY = join(__dirname, '..', '..', 'dist', 'inference.js');
const EXPORTERS = join(FIXTURES, '..', 'exporters');
/** No case takes a second; one that is not over by then is taken for one that hangs. */
const HANGS_MS = 60_000;
const TEXT = 'The cat sat on the mat, 12 times.';

/** A folder and the file in it to damage. */
type Original = readonly [folder: string, file: string];

const model = (name: string, file = 'onnx/model.onnx'): Original => [join(FIXTURES, name), file];
const exported = (name: string, file = 'onnx/model.onnx'): Original => [join(EXPORTERS, name), file];

const GRAPHS: Original[] = [
  model('bert-eager'),
  model('gpt2-past'),
  model('t5-merged', 'onnx/decoder_model_merged.onnx'),
  model('t5-merged', 'onnx/encoder_model.onnx'),
  model('bert-if-weights'),
  model('bert-external-data', 'onnx/model.onnx_data'),
  exported('llama-genai-q4'),
  exported('bert-fused-int8'),
  exported('bert-dynamo-23'),
];
const NAMES = ['bert-eager', 'roberta-eager', 'gpt2-eager', 'llama-eager', 't5-eager'];
const TOKENIZERS: Original[] = [
  ...NAMES.map((name) => model(name, 'tokenizer.json')),
  ...NAMES.map((name) => model(name, 'tokenizer_config.json')),
];
const CONFIGS: Original[] = NAMES.map((name) => model(name, 'config.json'));

const clientOf = (bundledDir: string) =>
  new InferenceClient({
    entry: ENTRY,
    bundledDir,
    memoryBudgetBytes: 2 ** 28,
    idleShutdownMs: 60_000,
    log: () => undefined,
  });

describe('A damaged file', () => {
  let folder = '';
  let client: InferenceClient;
  let cases = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'damaged-'));
    client = clientOf(FIXTURES);
  });
  after(async () => {
    await client.dispose();
    await rm(folder, { recursive: true });
  });

  /** A copy of the original with these bytes as one of its files. */
  async function copyWith([original, file]: Original, bytes: Uint8Array | string): Promise<string> {
    const copy = join(folder, `case-${cases++}`);
    const isGraph = file.startsWith('onnx/');
    await cp(original, copy, {
      recursive: true,
      filter: (source) => !source.includes('reference') && (isGraph || !source.endsWith('/onnx')),
    });
    if (!isGraph) await symlink(join(original, 'onnx'), join(copy, 'onnx'));
    await writeFile(join(copy, file), bytes);
    return copy;
  }

  /** Opens the model and runs it on a text. */
  async function use(directory: string): Promise<void> {
    const stop = AbortSignal.timeout(HANGS_MS);
    const ask: InferenceClient['request'] = (method, params) => client.request(method, params, stop);
    const { facts } = await ask('open', { model: directory });
    const isPair = facts.family === 'encoder-decoder';
    const segments = facts.hasTokenizer ? [{ text: TEXT, offset: 0 }] : undefined;
    const { tokens, typeIds, target } = await ask('encode', {
      model: directory,
      ...(segments ? { segments } : { ids: [5, 6, 7] }),
      ...(isPair && (segments ? { target: 'Le chat.' } : { targetIds: [0, 5] })),
    });
    const idsOf = (list: { id: number }[]) => list.map(({ id }) => id);
    const run = { ids: idsOf(tokens), typeIds, ...(target && { targetIds: idsOf(target.tokens) }) };
    const { runId } = await ask('run', { model: directory, ...run });
    await ask('forget', { runId });
  }

  /** Damages the originals in turns; counts the cases that end in an error, each of which has to name a file. */
  async function damage(
    count: number,
    originals: Original[],
    seed: number,
    spoil: (bytes: Buffer, next: () => number) => Uint8Array | string,
    named: RegExp,
  ): Promise<number> {
    const next = seeded(seed);
    let refused = 0;
    for (let i = 0; i < count; i++) {
      const original = originals[i % originals.length] as Original;
      const directory = await copyWith(original, spoil(await readFile(join(...original)), next));
      const error = await use(directory).catch((reason: unknown) => reason);
      await rm(directory, { recursive: true });
      if (error === undefined) continue;
      refused++;
      const told = `case ${i}, ${original.join('/')}: ${String(error)}`;
      assert.ok(error instanceof ProbeError, told);
      assert.notEqual(error.code, 'cancelled', `hangs: ${told}`);
      assert.match(error.message, named, told);
      assert.ok(error.message.length < 600 && !error.message.includes(folder), told);
    }
    return refused;
  }

  const spoilBytes = (bytes: Buffer, next: () => number) => mutate(bytes, bytes.length, next);
  const spoilText = (bytes: Buffer, next: () => number) =>
    next() < 0.6 && bytes[0] === '{'.charCodeAt(0)
      ? mutateJson(bytes.toString(), next)
      : spoilBytes(bytes, next);

  it('that is a graph or its weights: 120 cases', async () => {
    const refused = await damage(120, GRAPHS, 1, spoilBytes, /\.onnx|config\.json/);
    assert.ok(refused > 60, `${refused} refused`);
  });

  it('that is a tokenizer: 120 cases, many of them still JSON', async () => {
    const originals = [...TOKENIZERS, ...(await vocabularies(folder))];
    const refused = await damage(
      120,
      originals,
      2,
      spoilText,
      /tokenizer(_config)?\.json|vocab\.|merges\.txt/,
    );
    assert.ok(refused > 40, `${refused} refused`);
  });

  it('that is a config: 60 cases, many of them still JSON', async () => {
    const refused = await damage(60, CONFIGS, 3, spoilText, /\w+\.(json|onnx)/);
    assert.ok(refused > 15, `${refused} refused`);
  });
});

describe('A damaged file of a bundled model', () => {
  const MODELS = join(FIXTURES, '..', '..', '..', 'models');
  const NAME = 'pocket-t5';

  it('is named, whether or not the model would open with it; whole again, it opens', async (context) => {
    const bundledDir = await mkdtemp(join(tmpdir(), 'damaged-'));
    context.after(() => rm(bundledDir, { recursive: true }));
    await cp(join(MODELS, NAME), join(bundledDir, NAME), { recursive: true });
    await cp(join(MODELS, 'manifest.json'), join(bundledDir, 'manifest.json'));
    const client = clientOf(bundledDir);
    context.after(() => client.dispose());
    const open = () => client.request('open', { model: NAME }, AbortSignal.timeout(HANGS_MS));
    const oneBit = (bytes: Buffer) => {
      const middle = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
      return bytes;
    };
    const cut = (bytes: Buffer) => bytes.subarray(0, 1000);
    for (const file of ['onnx/decoder_model.onnx', 'onnx/encoder_model.onnx', 'tokenizer.json']) {
      for (const spoil of [oneBit, cut]) {
        const path = join(bundledDir, NAME, file);
        const whole = await readFile(path);
        await writeFile(path, spoil(Buffer.from(whole)));
        await assert.rejects(open, (error: ProbeError) => {
          assert.equal(error.code, 'model');
          assert.match(
            error.message,
            new RegExp(`${file.replaceAll('.', '\\.')} of the bundled model ${NAME}`),
          );
          return true;
        });
        await writeFile(path, whole);
      }
    }
    assert.equal((await open()).facts.name, NAME);
  });
});

/** The same tokenizers as older models have them: vocab.txt, and vocab.json with merges.txt. */
async function vocabularies(folder: string): Promise<Original[]> {
  const made: Original[] = [];
  for (const name of ['bert-eager', 'gpt2-eager']) {
    const directory = join(folder, `old-${name}`);
    await cp(join(FIXTURES, name), directory, { recursive: true });
    const json = JSON.parse(await readFile(join(directory, 'tokenizer.json'), 'utf8')) as {
      model: { vocab: Record<string, number>; merges?: string[][] };
    };
    await rm(join(directory, 'tokenizer.json'));
    const { vocab, merges } = json.model;
    const words = Object.entries(vocab).sort(([, a], [, b]) => a - b);
    const files = merges
      ? {
          'vocab.json': JSON.stringify(vocab),
          'merges.txt': merges.map((merge) => `${merge.join(' ')}\n`).join(''),
        }
      : { 'vocab.txt': words.map(([word]) => `${word}\n`).join('') };
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(directory, file), text);
      made.push([directory, file]);
    }
  }
  return made;
}
