import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { ProbeTokenizer } from '../../../src/models/tokenizer';
import { principalPlane } from '../../../src/numeric/principal';
import { wordsOf } from '../../../src/probes/prediction/words';
import { sentencesOf } from '../../../src/probes/tokens/run';
import { unitsOf, visible } from '../../../src/probes/tokens/units';
import type { Making } from '../../../src/shared/tokenization';
import { readStrings, segmentsOf, tokenizerNamed, tokenizerNames } from '../tokenizers/truth';

type Steps = [number, number][] | [number, number, string | null][] | { score: number; pieces: string[] };

/** Answers of plain Python, see test/fixtures/make_probes.py. */
const expected = JSON.parse(readFileSync(join(root, 'test/fixtures/probes/tokens.json'), 'utf8')) as {
  words: string[];
  tokenizers: Record<string, { ids: number[]; parts: { spelled: string; steps: Steps }[] }[]>;
};

function bundledTokenizer(name: string): ProbeTokenizer {
  const text = readFileSync(join(root, 'models', name, 'tokenizer.json'), 'utf8');
  return new ProbeTokenizer(JSON.parse(text) as Record<string, unknown>);
}

const named = (name: string) => (name.startsWith('pocket-') ? bundledTokenizer(name) : tokenizerNamed(name));

/** A making's steps in the form of the Python answers. */
function stepsOf({ pieces, how }: Making): Steps {
  switch (how.algorithm) {
    case 'BPE':
      return how.merges.map(({ at, rank }): [number, number] => [at, rank]);
    case 'WordPiece':
      return how.matches.map(({ from, to, found }): [number, number, string | null] => [
        from,
        to,
        found?.piece ?? null,
      ]);
    case 'Unigram': {
      const chosen = how.candidates.filter((one) => one.chosen);
      return { score: chosen.at(-1)?.total ?? 0, pieces: chosen.map(({ piece }) => piece.piece) };
    }
    case 'whole':
      return pieces.length === 1 ? [] : assert.fail('A whole word is one token.');
  }
}

/** The ids at which a making ends, by going through its steps and nothing else. */
function replay({ pieces, how, spelled }: Making): number[] {
  const ids = pieces.map(({ id }) => id);
  switch (how.algorithm) {
    case 'BPE': {
      const now = how.start.map(({ id }) => id);
      for (const { at, merged } of how.merges) now.splice(at, 2, merged.id);
      return now;
    }
    case 'WordPiece':
      return how.matches.every(({ found }) => found) ? how.matches.map(({ found }) => found?.id ?? -1) : ids;
    case 'Unigram': {
      const chosen = how.candidates.filter((one) => one.chosen);
      // The pieces of the best path cover the word, one after the other.
      assert.equal(
        chosen.reduce((at, { from, to }) => (assert.equal(from, at), to), 0),
        spelled.length,
      );
      // Neighboring unknown characters are one token.
      return chosen
        .map(({ piece }) => piece)
        .filter(({ piece }, i, all) => piece !== '<unk>' || all[i - 1]?.piece !== '<unk>')
        .map(({ id }) => id);
    }
    case 'whole':
      return ids;
  }
}

describe('how words are made', () => {
  for (const [name, answers] of Object.entries(expected.tokenizers)) {
    it(`${name}: the steps are those of a plain implementation, and end at the library’s ids`, () => {
      const tokenizer = named(name);
      expected.words.forEach((word, i) => {
        const answer = answers[i];
        assert.ok(answer);
        const makings = tokenizer.explain(word, 0, word.length);
        assert.deepEqual(
          makings.flatMap(({ pieces }) => pieces.map(({ id }) => id)),
          answer.ids,
          word,
        );
        assert.equal(
          makings.map(({ spelled }) => spelled).join(''),
          answer.parts.map((one) => one.spelled).join(''),
        );
        makings.forEach((making, part) => {
          const [found, wanted] = [stepsOf(making), answer.parts[part]?.steps];
          if (Array.isArray(found) || Array.isArray(wanted)) return assert.deepEqual(found, wanted, word);
          assert.ok(wanted && Math.abs(found.score - wanted.score) < 1e-9, word);
          assert.deepEqual(found.pieces, wanted.pieces, word);
        });
      });
    });
  }

  for (const name of [...tokenizerNames(), 'pocket-bert', 'pocket-gpt2', 'pocket-t5']) {
    it(`${name}: every text’s steps end at its tokens, and a word’s are part of its text’s`, () => {
      const tokenizer = named(name);
      const { strings, robustness } = readStrings();
      for (const { text } of [...strings, ...robustness]) {
        const tokens = tokenizer.encode(segmentsOf(text)).tokens.filter(({ special }) => !special);
        const makings = tokenizer.explain(text, 0, text.length);
        assert.deepEqual(
          makings.flatMap((making) => replay(making)),
          tokens.map(({ id }) => id),
        );
        const words = wordsOf(segmentsOf(text));
        const word = words[Math.floor(words.length / 2)];
        if (!word) continue;
        const own = tokenizer.explain(text, word.start, word.end);
        assert.deepEqual(
          own.flatMap((making) => replay(making)),
          tokens.filter(({ start, end }) => start < word.end && end > word.start).map(({ id }) => id),
        );
        assert.ok(own.every(({ spelled }) => makings.some((making) => making.spelled.includes(spelled))));
      }
    });
  }
});

describe('tokens that can be read', () => {
  it('are joined where they share a character, and count the tokens of their word', () => {
    const segments = segmentsOf('naïve 🥐 x');
    const tokenizer = bundledTokenizer('pocket-gpt2');
    const { tokens } = tokenizer.encode(segments);
    const units = unitsOf(tokens, segments, wordsOf(segments), null);
    assert.equal(
      units
        .filter(({ special }) => !special)
        .map(({ text }) => text)
        .join(''),
      segments[0]?.text,
    );
    const croissant = units.find(({ text }) => text.includes('🥐'));
    assert.ok(croissant && croissant.ids.length >= 3);
    assert.equal(croissant.cut, croissant.ids.length);
    const naive = units.filter(({ span }) => span && span.end <= 5);
    assert.ok(naive.every(({ cut }) => cut === naive.reduce((sum, { ids }) => sum + ids.length, 0)));
  });

  it('say what they do not know', () => {
    const segments = segmentsOf('The 🥐 and [UNK]');
    const { tokens } = bundledTokenizer('pocket-bert').encode(segments);
    const units = unitsOf(tokens, segments, wordsOf(segments), '[UNK]');
    assert.deepEqual(
      units.filter(({ unknown }) => unknown).map(({ text }) => text),
      ['🥐'],
    );
  });

  it('show white space and control characters', () => {
    assert.equal(visible(' a\n\u0000\u007fé\u0085\u202e'), '␣a␊␀␡é⟨0085⟩⟨202E⟩');
  });
});

describe('sentences', () => {
  it('end at full stops and line ends, and have something in them', () => {
    const segments = segmentsOf('One. Two is 3.5 long!\r\n\n...\nThree', 'Four');
    assert.deepEqual(sentencesOf(segments), ['One.', 'Two is 3.5 long!', 'Three', 'Four']);
  });
});

describe('principal components', () => {
  it('of points on a line are the line', () => {
    const { points, explained } = principalPlane([
      [0, 0, 1],
      [1, 2, 1],
      [2, 4, 1],
    ]);
    assert.ok(Math.abs(explained[0] - 1) < 1e-12 && explained[1] < 1e-12);
    assert.ok(
      Math.abs((points[2]?.[0] ?? 0) - Math.sqrt(5)) < 1e-9 ||
        Math.abs((points[0]?.[0] ?? 0) - Math.sqrt(5)) < 1e-9,
    );
  });

  it('of equal points, and of one, are all at the origin', () => {
    assert.deepEqual(
      principalPlane([
        [3, 1],
        [3, 1],
      ]),
      {
        points: [
          [0, 0],
          [0, 0],
        ],
        explained: [0, 0],
      },
    );
    assert.deepEqual(principalPlane([[3, 1]]).points, [[0, 0]]);
  });
});
