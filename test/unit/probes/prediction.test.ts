import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { corrupt, CORRUPTION, type Fate } from '../../../src/probes/prediction/corruption';
import { tokensOfWord, wordsOf } from '../../../src/probes/prediction/words';
import { SeededRandom } from '../../../src/shared/random';

describe('words', () => {
  it('are letters and digits that belong together, or single signs', () => {
    const words = wordsOf([
      { text: "It didn't rain,", offset: 0 },
      { text: '«Ça va?» 3 ', offset: 20 },
    ]);
    assert.deepEqual(
      words.map(({ text, segment }) => `${segment}${text}`),
      ['0It', "0didn't", '0rain', '0,', '1«', '1Ça', '1va', '1?', '1»', '13'],
    );
    assert.deepEqual(
      words.map(({ start, end }) => end - start),
      words.map(({ text }) => text.length),
    );
  });

  it('have the tokens that hold some of their characters, special ones not', () => {
    const token = (start: number, end: number, special = false, segment = 0) => ({
      ...{ id: 1, text: '', piece: '', start, end, special, segment },
    });
    const tokens = [token(0, 0, true), token(0, 2), token(2, 5), token(5, 6), token(0, 5, false, 1)];
    assert.deepEqual(tokensOfWord(tokens, { text: 'these', segment: 0, start: 0, end: 5 }), [1, 2]);
  });
});

describe('the noise of masked training', () => {
  const MASK = 4;
  const VOCABULARY = 1000;
  const tokens = Array.from({ length: 200_000 }, (_, i) => ({ id: 10 + (i % 900), special: i % 10 === 0 }));

  it('is 15 % of the tokens, of them 80 % masked, 10 % replaced, 10 % kept; special tokens stay', () => {
    const random = new SeededRandom(3);
    const noise = corrupt(tokens, MASK, VOCABULARY, () => random.next());
    const count = (fate: Fate) => noise.filter((token) => token.fate === fate).length;
    const open = tokens.filter(({ special }) => !special).length;
    const chosen = open - (count('left alone') - (tokens.length - open));
    // Five standard deviations of a binomial.
    const near = (found: number, of: number, share: number) =>
      assert.ok(Math.abs(found - of * share) < 5 * Math.sqrt(of * share * (1 - share)), `${found} of ${of}`);
    near(chosen, open, CORRUPTION.chosen);
    near(count('masked'), chosen, 0.8);
    near(count('replaced'), chosen, 0.1);
    near(count('kept'), chosen, 0.1);
    noise.forEach(({ fate, id }, i) => {
      if (tokens[i]?.special) assert.equal(fate, 'left alone');
      if (fate === 'masked') assert.equal(id, MASK);
      else if (fate !== 'replaced') assert.equal(id, tokens[i]?.id);
      assert.ok(id >= 0 && id < VOCABULARY);
    });
  });

  it('is the same for the same seed', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return corrupt(tokens.slice(0, 100), MASK, VOCABULARY, () => random.next());
    };
    assert.deepEqual(draw(5), draw(5));
    assert.notDeepEqual(draw(5), draw(6));
  });
});
