import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { axisItems } from '../../src/numeric/axes';
import type { Token } from '../../src/shared/tokens';

const TEXT = "  don't un\u00adfold_it,\n中文 end";

/** Tokens of the pieces in order; an empty piece is a special token. */
function tokensOf(text: string, pieces: string[]): Token[] {
  let at = 0;
  return pieces.map((piece, id): Token => {
    if (piece === '') return { id, text: '[X]', piece: '[X]', start: 0, end: 0, special: true, segment: 0 };
    const start = text.indexOf(piece, at);
    at = start + piece.length;
    return { id, text: piece, piece, start, end: at, special: false, segment: 0 };
  });
}

const PIECES = ['', '  don', "'", 't', ' un', '\u00adfold', '_it', ',', '\n', '中', '文', ' end', ''];
const axis = { tokens: tokensOf(TEXT, PIECES), segments: [{ text: TEXT }] };

describe('rows and columns', () => {
  test('tokens', () => {
    const items = axisItems(axis, { grain: 'token', hideSpecial: false });
    assert.deepEqual(
      items.map(({ tokens }) => tokens),
      [...PIECES.keys()].map((i) => [i]),
    );
  });

  test('words join pieces, and nothing else', () => {
    const items = axisItems(axis, { grain: 'word', hideSpecial: false });
    assert.deepEqual(items, [
      { text: '[X]', tokens: [0], special: true },
      { text: "don't", tokens: [1, 2, 3], special: false },
      { text: 'un\u00adfold_it', tokens: [4, 5, 6], special: false },
      { text: ',', tokens: [7], special: false },
      { text: '\n', tokens: [8], special: false },
      { text: '中文', tokens: [9, 10], special: false },
      { text: 'end', tokens: [11], special: false },
      { text: '[X]', tokens: [12], special: true },
    ]);
  });

  test('lines end after their break; hidden positions and special tokens leave', () => {
    const items = axisItems(axis, { grain: 'line', hideSpecial: true }, [9]);
    assert.deepEqual(
      items.map(({ tokens }) => tokens),
      [
        [1, 2, 3, 4, 5, 6, 7, 8],
        [10, 11],
      ],
    );
  });

  test('a word that goes over two selections is two words', () => {
    const tokens = [...tokensOf('ab', ['ab']), { ...tokensOf('ab', ['ab'])[0], segment: 1 } as Token];
    const items = axisItems(
      { tokens, segments: [{ text: 'ab' }, { text: 'ab' }] },
      { grain: 'word', hideSpecial: false },
    );
    assert.equal(items.length, 2);
  });
});
