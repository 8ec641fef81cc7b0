import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FIXTURES, readReference } from './support/reference';

const CLI = join(__dirname, '..', '..', 'dist', 'cli.js');

interface Answer {
  model: { id: string; family: string; layers: number; heads: number };
  text: string;
  tokens: { id: number; text: string; start: number; end: number; special: boolean }[];
  targetTokens?: { id: number }[];
  attention: { kind: string; layer: number; shape: [number, number, number]; weights: number[] }[];
}

/** Runs the built command line as a user would, from the fixtures' folder. */
function run(...parameters: string[]): Promise<{ status: number | null; out: string; err: string }> {
  return runWith('', ...parameters);
}

function runWith(
  stdin: string,
  ...parameters: string[]
): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...parameters], { cwd: FIXTURES });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, err }));
    child.stdin.end(stdin);
  });
}

async function answer(...parameters: string[]): Promise<Answer> {
  const { status, out, err } = await run('attention', ...parameters, '--json', '-');
  assert.equal(err, '');
  assert.equal(status, 0);
  return JSON.parse(out) as Answer;
}

describe('transformer-probe attention', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'probe-cli-'))));
  after(() => rm(folder, { recursive: true }));

  test('writes files for other programs, from the built program', async () => {
    const path = (name: string) => join(folder, name);
    const files = ['npz', 'csv', 'svg', 'html'].flatMap((format) => [`--${format}`, path(`run.${format}`)]);
    const { status, err } = await run('attention', '--model', 'bert-eager', '--ids', '5,6,7', ...files);
    assert.deepEqual([status, err], [0, '']);
    const [npz, csv, svg, html] = await Promise.all(
      ['npz', 'csv', 'svg', 'html'].map((format) => readFile(path(`run.${format}`), 'utf8')),
    );
    assert.ok(npz?.startsWith('PK') && svg?.startsWith('<svg ') && html?.startsWith('<!doctype html>'));
    assert.equal(csv?.trimEnd().split('\r\n').length, 4);
  });

  for (const model of [
    'bert-eager',
    'gpt2-sdpa',
    'llama-eager',
    't5-single',
    'bart-12-6',
    't5-6-12',
    't5-merged',
  ]) {
    test(`${model}: the JSON holds PyTorch's attention`, async () => {
      const { cases } = readReference(model);
      const one = cases.find(({ inputs }) => inputs.input_ids.length === 9);
      assert.ok(one);
      const { input_ids, decoder_input_ids } = one.inputs;
      const decoder = decoder_input_ids ? ['--decoder-ids', decoder_input_ids.join(',')] : [];
      const { tokens, targetTokens, attention } = await answer(
        '--model',
        model,
        '--ids',
        input_ids.join(','),
        ...decoder,
      );
      assert.deepEqual(
        tokens.map(({ id }) => id),
        input_ids,
      );
      assert.deepEqual(
        targetTokens?.map(({ id }) => id),
        decoder_input_ids,
      );
      const references = one.tensors.filter(({ name }) => name === 'attention');
      assert.equal(attention.length, references.length);
      for (const { kind, layer, data, heads } of references) {
        const found = attention.find((block) => block.kind === kind && block.layer === layer);
        assert.ok(found, `${kind} layer ${layer} is missing`);
        const [, queries, keys] = found.shape;
        const stored = heads ?? Array.from({ length: found.shape[0] }, (_, head) => head);
        for (const [i, head] of stored.entries()) {
          for (let cell = 0; cell < queries * keys; cell++) {
            const [ours, theirs] = [
              found.weights[head * queries * keys + cell],
              data[i * queries * keys + cell],
            ];
            assert.ok(
              Math.abs((ours as number) - (theirs as number)) <= 1e-5,
              `${kind} ${layer} ${head} ${cell}`,
            );
          }
        }
      }
    });
  }

  test('a folder, the onnx folder in it and the file itself are one model', async () => {
    const ways = ['bert-eager', 'bert-eager/onnx', 'bert-eager/onnx/model.onnx'];
    const answers = await Promise.all(ways.map((model) => answer('--model', model, '--ids', '5,6,7')));
    for (const { attention } of answers) assert.deepEqual(attention, answers[0]?.attention);
  });

  test('offsets are UTF-16 code units of the text, byte order mark and CRLF included', async () => {
    const text = '\uFEFFThe cat 😀\r\nsat on the mät.';
    const file = join(folder, 'text.txt');
    await writeFile(file, text);
    const { tokens } = await answer('--model', 'bert-eager', '--file', file);
    const words = tokens.filter(({ special }) => !special);
    assert.ok(words.length > 5);
    for (const { start, end } of words) assert.ok(start < end && end <= text.length);
    assert.equal(text.slice(words.at(-1)?.start, words.at(-1)?.end), '.');
    assert.equal(text.slice(words[0]?.start, words[0]?.end).replace('\uFEFF', ''), 'The');
    const piped = await runWith(text, 'attention', '--model', 'bert-eager', '--file', '-', '--json', '-');
    assert.deepEqual((JSON.parse(piped.out) as Answer).tokens, tokens);
  });

  test('--layer, --head and a file for the JSON', async () => {
    const whole = await answer('--model', 'gpt2-eager', '--text', 'one two three');
    const file = join(folder, 'out.json');
    const parameters = ['--model', 'gpt2-eager', '--text', 'one two three', '--layer', '1', '--head', '2'];
    const { status, out } = await run('attention', ...parameters, '--json', file);
    assert.deepEqual([status, out], [0, '']);
    const { attention } = JSON.parse(await readFile(file, 'utf8')) as Answer;
    const size = whole.tokens.length ** 2;
    assert.equal(attention.length, 1);
    assert.deepEqual(attention[0]?.shape, [1, whole.tokens.length, whole.tokens.length]);
    assert.deepEqual(attention[0]?.weights, whole.attention[1]?.weights.slice(2 * size, 3 * size));
  });

  test('a readable summary without --json, and a target that the model writes itself', async () => {
    const { status, out, err } = await run('attention', '--model', 't5-eager', '--text', 'one two three');
    assert.deepEqual([status, err], [0, '']);
    assert.match(out, /^t5-eager: t5, encoder-decoder/);
    for (const part of [/Tokens \(/, /Strongest links/, /cross/]) assert.match(out, part);
  });

  test('too long a text names the ways out, and they work', async () => {
    const text = 'the cat sat '.repeat(300);
    const { status, err } = await run('attention', '--model', 'bert-eager', '--text', text);
    assert.equal(status, 4);
    assert.match(err, /--first .*--window/);
    assert.ok(!err.includes('the cat sat'), 'the text stays out of messages');
    const first = await answer(
      '--model',
      'bert-eager',
      '--text',
      text,
      '--first',
      '--layer',
      '0',
      '--head',
      '0',
    );
    assert.equal(first.tokens.length, 320);
    const later = await answer(
      '--model',
      'bert-eager',
      '--text',
      text,
      '--window',
      '2',
      '--layer',
      '0',
      '--head',
      '0',
    );
    assert.ok((later.tokens[1]?.start ?? 0) > (first.tokens[200]?.start ?? Infinity));
  });

  const failures: [string, number, RegExp, string[]][] = [
    ['no model', 2, /--model/, ['--text', 'x']],
    ['two texts', 2, /--text|--file|--ids/, ['--model', 'bert-eager', '--text', 'x', '--ids', '1']],
    ['no text', 2, /--text/, ['--model', 'bert-eager']],
    ['an unknown option', 2, /Did you mean "--text"/, ['--model', 'bert-eager', '--txt', 'x']],
    ['a target for an encoder', 2, /no decoder/, ['--model', 'bert-eager', '--text', 'x', '--target', 'y']],
    ['a layer that is not there', 2, /layer/, ['--model', 'bert-eager', '--text', 'x', '--layer', '9']],
    ['a model that is not there', 3, /no model/, ['--model', 'nowhere', '--text', 'x']],
    ['a folder without a model', 3, /onnx/, ['--model', '../tokenizers', '--text', 'x']],
    ['an empty text', 4, /no text/, ['--model', 'bert-eager', '--text', '']],
    ['a blank text', 4, /no text/, ['--model', 'bert-eager', '--text', ' \n\t']],
    ['ids outside the vocabulary', 4, /99999/, ['--model', 'bert-eager', '--ids', '1,99999']],
    ['a file that is not there', 4, /cannot be read/, ['--model', 'bert-eager', '--file', 'missing.txt']],
  ];
  for (const [name, expected, message, parameters] of failures) {
    test(`${name}: one line on stderr, exit ${expected}`, async () => {
      const { status, out, err } = await run('attention', ...parameters);
      assert.equal(status, expected, err);
      assert.equal(out, '');
      assert.match(err, message);
      assert.match(err, /^transformer-probe: [^\n]+\n$/);
    });
  }

  test('a model that is cut off is named, with exit 3', async () => {
    const whole = await readFile(join(FIXTURES, 'bert-eager', 'onnx', 'model.onnx'));
    const file = join(folder, 'half.onnx');
    await writeFile(file, whole.subarray(0, whole.length >> 1));
    const { status, err } = await run('attention', '--model', file, '--ids', '1,2,3');
    assert.equal(status, 3);
    assert.match(err, /^transformer-probe: .*half\.onnx/);
    assert.ok(!err.includes(folder), 'no path that the user did not type');
  });
});
