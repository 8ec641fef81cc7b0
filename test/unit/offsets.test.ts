import { Tokenizer } from '@huggingface/tokenizers';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  answerLines,
  lines,
  readJson,
  readStrings,
  readTruth,
  segmentsOf,
  tokenizerNamed,
  tokenizerNames,
} from './tokenizers/truth';

/** Strings on which offsets differ from the Rust library's for a reason that is not a bug here. */
interface KnownDifference {
  tokenizer: string;
  string: string;
  reason: string;
}

const known = JSON.parse(
  readFileSync(join(__dirname, 'offsets-known-differences.json'), 'utf8'),
) as KnownDifference[];
const strings = readStrings();
const truth = readTruth();
const table: string[] = [];

for (const name of tokenizerNames()) {
  const answers = truth[name] ?? { strings: [], pairs: [] };

  test(`${name}: ids, offsets, special tokens and type ids equal the Rust library's`, () => {
    const tokenizer = tokenizerNamed(name);
    const library = new Tokenizer(readJson(name), readJson(name, 'tokenizer_config.json'));
    const differing: string[] = [];
    let sameAsJavaScript = 0;
    strings.strings.forEach(({ name: string, text }, index) => {
      const answer = answers.strings[index];
      assert.ok(answer, `no truth for ${string}`);
      const { tokens, typeIds } = tokenizer.encode(segmentsOf(text));
      const same = lines(tokens, typeIds).join('\n') === answerLines(answer, [text]).join('\n');
      if (!same) differing.push(string);
      const ids = library.encode(text).ids;
      if (ids.join() === tokens.map(({ id }) => id).join()) sameAsJavaScript++;
    });
    const count = strings.strings.length;
    table.push(
      `${name.padEnd(18)} ${count - differing.length}/${count} equal to Rust   ` +
        `ids equal to @huggingface/tokenizers: ${sameAsJavaScript}/${count}`,
    );
    const listed = known.filter((entry) => entry.tokenizer === name).map((entry) => entry.string);
    assert.deepEqual(differing.sort(), listed.sort());
  });

  test(`${name}: pairs equal the Rust library's`, () => {
    const tokenizer = tokenizerNamed(name);
    strings.pairs.forEach(({ name: string, text, pair }, index) => {
      const answer = answers.pairs[index];
      assert.ok(answer, `no truth for ${string}`);
      const { tokens, typeIds } = tokenizer.encode(segmentsOf(text, pair));
      const separated = answer.special.includes(1);
      // The library puts the texts of a pair side by side where the tokenizer has no template; here a line break parts them.
      const kept = tokens.map((token) => separated || !token.special);
      const ours = lines(
        tokens.filter((_, at) => kept[at]),
        typeIds.filter((_, at) => kept[at]),
      );
      assert.deepEqual(ours, answerLines(answer, [text, pair]), string);
    });
  });

  test(`${name}: any string of code units is tokenized, each token inside the text`, () => {
    const tokenizer = tokenizerNamed(name);
    for (const { text } of [...strings.robustness, ...strings.strings]) {
      for (const token of tokenizer.encode(segmentsOf(text)).tokens) {
        assert.ok(token.start >= 0 && token.start <= token.end && token.end <= text.length, token.piece);
        assert.notEqual(token.text, '');
      }
    }
  });
}

test('there is truth for at least 7 tokenizers and 220 strings, and every known difference has a reason', () => {
  assert.ok(tokenizerNames().length >= 7);
  assert.ok(strings.strings.length >= 220);
  assert.deepEqual(Object.keys(truth).sort(), tokenizerNames().sort());
  for (const { reason } of known) assert.ok(reason.length > 20);
});

after(() => console.log(table.join('\n')));
