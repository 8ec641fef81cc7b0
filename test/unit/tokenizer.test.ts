import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadTokenizer, ProbeTokenizer } from '../../src/models/tokenizer';
import { ProbeError } from '../../src/shared/errors';
import type { Token } from '../../src/shared/tokens';
import {
  readJson,
  readStrings,
  segmentsOf,
  TOKENIZERS,
  tokenizerNamed,
  tokenizerNames,
} from './tokenizers/truth';

const PROSE = 'The quick brown fox jumps over the lazy dog, twice. '.repeat(20);

function specials(tokens: Token[]): string {
  return tokens
    .map(({ special, segment, piece }) => (special ? piece : `${segment}`))
    .join(' ')
    .replace(/(\b\d)( \1)+/g, '$1');
}

function tooLong(run: () => unknown): ProbeError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProbeError);
    return error;
  }
  return assert.fail('expected an error');
}

test('three segments repeat the pattern of a pair, or are parted by line breaks', () => {
  const expected = {
    'wordpiece-uncased': '[CLS] 0 [SEP] 1 [SEP] 2 [SEP]',
    roberta: '<s> 0 </s> </s> 1 </s> </s> 2 </s>',
    t5: '0 </s> 1 </s> 2 </s>',
    llama2: '<s> 0 <s> 1 <s> 2',
    gpt2: '0 Ċ 1 Ċ 2',
  };
  for (const [name, order] of Object.entries(expected)) {
    const { tokens, typeIds } = tokenizerNamed(name).encode(segmentsOf('one', 'two', 'three'));
    assert.equal(specials(tokens), order, name);
    assert.equal(typeIds.length, tokens.length);
  }
  const { typeIds, tokens } = tokenizerNamed('wordpiece-uncased').encode(segmentsOf('a', 'b', 'c'));
  assert.deepEqual(
    tokens.map(({ segment }) => segment),
    [0, 0, 0, 1, 1, 2, 2],
  );
  assert.deepEqual(typeIds, [0, 0, 0, 1, 1, 1, 1]);
});

test('tokens show the characters they cover, special tokens their name, parts of characters their bytes', () => {
  const show = (name: string, text: string) =>
    tokenizerNamed(name)
      .encode(segmentsOf(text))
      .tokens.map((token) => token.text);
  assert.deepEqual(show('wordpiece-uncased', 'Été!').slice(-2), ['!', '[SEP]']);
  assert.equal(show('wordpiece-uncased', 'ÉTÉ').slice(1, -1).join(''), 'ÉTÉ');
  assert.deepEqual(show('llama2', '🧿').slice(-4), ['\\xF0', '\\x9F', '\\xA7', '\\xBF']);
  assert.match(show('gpt2', 'a 🧿').join('|'), /^a\| ?\|?\\xF0.*\\xBF$/);
  const unknown = tokenizerNamed('wordpiece-uncased').encode(segmentsOf('x 🧿')).tokens.at(-2);
  assert.deepEqual([unknown?.piece, unknown?.text, unknown?.start, unknown?.end], ['[UNK]', '🧿', 2, 4]);
});

test('ids alone make a text whose offsets are true', () => {
  for (const name of tokenizerNames()) {
    const tokenizer = tokenizerNamed(name);
    const { tokens } = tokenizer.encode(segmentsOf('Hello wörld 🙂, it is 1991.'));
    const again = tokenizer.tokensOfIds(tokens.map(({ id }) => id));
    assert.match(again.text, /1991/, name);
    let end = 0;
    for (const token of again.tokens.filter(({ special }) => !special)) {
      const covered = again.text.slice(token.start, token.end);
      assert.ok(token.text === covered || token.text.includes('\\x') || covered === '', name);
      assert.ok(token.start <= end, `${name}: a gap before ${token.piece}`);
      end = token.end;
    }
    assert.equal(end, again.text.length);
    assert.equal(tokenizer.decode([]), '');
    const [alien] = tokenizer.tokensOfIds([999_999]).tokens;
    assert.deepEqual([alien?.piece, alien?.start, alien?.end], ['#999999', 0, 0]);
  }
  const { tokens } = tokenizerNamed('wordpiece-uncased').tokensOfIds([2, 3]);
  assert.deepEqual(
    tokens.map(({ text, special }) => [text, special]),
    [
      ['[CLS]', true],
      ['[SEP]', true],
    ],
  );
});

test('decoding the ids of plain text gives the text back', () => {
  const plain = readStrings().strings.filter(({ category }) => category === 'plain' || category === 'code');
  for (const name of ['gpt2', 'roberta', 'llama3', 'llama2']) {
    const tokenizer = tokenizerNamed(name);
    for (const { text } of plain) {
      assert.equal(
        tokenizer.decode(tokenizer.encode(segmentsOf(text)).tokens.map(({ id }) => id)),
        text,
        name,
      );
    }
  }
});

test('a text that fits is not cut, one that does not is never cut in silence', () => {
  const tokenizer = tokenizerNamed('wordpiece-uncased');
  const whole = tokenizer.encode(segmentsOf(PROSE));
  const exact = tokenizer.fit(segmentsOf(PROSE), whole.tokens.length, 'first');
  assert.deepEqual(exact, whole);
  assert.deepEqual(tokenizer.fit(segmentsOf(PROSE), null), whole);
  const total = whole.tokens.length - 2;
  const error = tooLong(() => tokenizer.fit(segmentsOf(PROSE), 34));
  assert.equal(error.code, 'input');
  assert.deepEqual(error.detail, {
    reason: 'too-long',
    tokens: total,
    limit: 32,
    windows: 1 + Math.ceil((total - 32) / 16),
  });
  assert.ok(!error.message.includes('fox'));
});

test('windows have the full length, overlap by half and cover every token', () => {
  const tokenizer = tokenizerNamed('wordpiece-uncased');
  const whole = tokenizer.encode(segmentsOf(PROSE)).tokens.slice(1, -1);
  const first = tokenizer.fit(segmentsOf(PROSE), 34, 'first');
  const windows = first.window?.windows ?? 0;
  const covered = new Set<number>();
  for (let index = 0; index < windows; index++) {
    const { tokens, typeIds, window } = tokenizer.fit(segmentsOf(PROSE), 34, index);
    assert.ok(window);
    assert.deepEqual([tokens.length, typeIds.length, window.index, window.count], [34, 34, index, 32]);
    assert.deepEqual([tokens[0]?.piece, tokens.at(-1)?.piece], ['[CLS]', '[SEP]']);
    assert.deepEqual(tokens.slice(1, -1), whole.slice(window.first, window.first + 32));
    if (index < windows - 1) assert.equal(window.first, index * 16);
    for (let token = window.first; token < window.first + window.count; token++) covered.add(token);
  }
  assert.equal(covered.size, whole.length);
  assert.deepEqual(first.tokens, tokenizer.fit(segmentsOf(PROSE), 34, 0).tokens);
  for (const index of [-1, windows, 1.5, NaN]) {
    assert.equal(tooLong(() => tokenizer.fit(segmentsOf(PROSE), 34, index)).code, 'usage');
  }
});

test('a window over several segments keeps their numbers and leaves out those outside it', () => {
  const tokenizer = tokenizerNamed('wordpiece-uncased');
  const segments = segmentsOf(PROSE, 'middle', PROSE);
  const windows = tokenizer.fit(segments, 60, 'first').window?.windows ?? 0;
  const last = tokenizer.fit(segments, 60, windows - 1).tokens;
  assert.deepEqual([...new Set(last.map(({ segment }) => segment))], [2]);
  assert.ok(last.length <= 60);
  assert.equal(tooLong(() => tokenizer.fit(segmentsOf(...Array<string>(80).fill('a b')), 60)).code, 'input');
});

test('long texts and texts without words are tokenized whole', () => {
  const long = [
    'a'.repeat(100_000),
    'é'.repeat(100_000),
    `a${'\u0301\u0323'.repeat(50_000)}`,
    '\r\n'.repeat(50_000),
    '👨‍👩‍👧'.repeat(10_000),
    '.'.repeat(100_000),
  ];
  for (const name of ['wordpiece-uncased', 'gpt2', 'llama2', 't5', 'albert']) {
    const tokenizer = tokenizerNamed(name);
    for (const text of long) {
      const content = tokenizer.encode(segmentsOf(text)).tokens.filter(({ special }) => !special);
      assert.ok(content.every(({ start, end }) => start <= end && end <= text.length));
    }
  }
});

test('vocab.txt and vocab.json with merges.txt work like the tokenizer.json made of them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'probe-tokenizer-'));
  try {
    await writeVocabulary('wordpiece-cased', directory);
    await writeFile(join(directory, 'tokenizer_config.json'), '{"do_lower_case": false}');
    const bert = await loadTokenizer({ directory, tokenizerPath: join(directory, 'vocab.txt') });
    await writeVocabulary('roberta', directory);
    const roberta = await loadTokenizer({ directory, tokenizerPath: join(directory, 'vocab.json') });
    for (const { text } of readStrings().strings) {
      const segments = segmentsOf(text);
      assert.deepEqual(bert.encode(segments), tokenizerNamed('wordpiece-cased').encode(segments));
      assert.deepEqual(roberta.encode(segments), tokenizerNamed('roberta').encode(segments));
    }
    await rm(join(directory, 'merges.txt'));
    const halves = loadTokenizer({ directory, tokenizerPath: join(directory, 'vocab.json') });
    await assert.rejects(halves, /merges\.txt/);
    await assert.rejects(loadTokenizer({ directory, tokenizerPath: null }), /no tokenizer/);
    await writeFile(join(directory, 'spiece.model'), '');
    await assert.rejects(
      loadTokenizer({ directory, tokenizerPath: null }),
      /spiece\.model but no tokenizer\.json/,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

async function writeVocabulary(name: string, directory: string): Promise<void> {
  const model = readJson(name)['model'] as { vocab: Record<string, number>; merges?: string[][] };
  const words = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
  await writeFile(join(directory, 'vocab.txt'), words.map(([word]) => `${word}\n`).join(''));
  await writeFile(join(directory, 'vocab.json'), JSON.stringify(model.vocab));
  const merges = (model.merges ?? []).map((merge) => (Array.isArray(merge) ? merge.join(' ') : merge));
  await writeFile(join(directory, 'merges.txt'), `#version: 0.2\n${merges.join('\n')}\n`);
}

test('a tokenizer.json that is damaged or unknown gives one clear error', () => {
  const good = readJson('gpt2');
  let nested: unknown = { type: 'NFC' };
  for (let depth = 0; depth < 50; depth++) nested = { type: 'Sequence', normalizers: [nested] };
  const cases: [Record<string, unknown>, RegExp][] = [
    [{}, /no vocabulary/],
    [{ ...good, model: { type: 'Odd' } }, /model of an unknown type/],
    [{ ...good, model: { type: 'BPE' } }, /no vocabulary/],
    [{ ...good, model: { type: 'Unigram', vocab: [] } }, /no vocabulary/],
    [{ ...good, model: { type: 'WordPiece', vocab: { a: 1 } } }, /lacks its unknown token/],
    [{ ...good, normalizer: { type: 'Fancy' } }, /normalizer of an unknown type \(Fancy\)/],
    [{ ...good, normalizer: nested }, /too deeply/],
    [
      { ...good, normalizer: { type: 'Precompiled', precompiled_charsmap: '////fwAA' } },
      /damaged character map/,
    ],
    [{ ...good, pre_tokenizer: { type: 'UnicodeScripts' } }, /pre-tokenizer of an unknown type/],
    [
      { ...good, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } },
      /regular expression/,
    ],
    [{ ...good, pre_tokenizer: { type: 'Split', pattern: {}, behavior: 'Isolated' } }, /unknown kind/],
    [{ ...good, post_processor: { type: 'Odd' } }, /post-processor of an unknown type/],
  ];
  for (const [json, message] of cases) {
    assert.throws(
      () => new ProbeTokenizer(json),
      (error) => error instanceof ProbeError && error.code === 'model' && message.test(error.message),
    );
  }
});

test('a folder of fixtures loads by its path', async () => {
  const directory = join(TOKENIZERS, 'gpt2');
  const tokenizer = await loadTokenizer({ directory, tokenizerPath: join(directory, 'tokenizer.json') });
  assert.equal(tokenizer.decode(tokenizer.encode(segmentsOf('Hello')).tokens.map(({ id }) => id)), 'Hello');
});
