import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Edit, OffsetRange } from '../../src/editor/offsets';
import { moveRange, tokenAtOffset } from '../../src/editor/offsets';
import type { Token } from '../../src/shared/tokens';

const insert = (rangeOffset: number, text: string): Edit => ({ rangeOffset, rangeLength: 0, text });
const remove = (rangeOffset: number, rangeLength: number): Edit => ({ rangeOffset, rangeLength, text: '' });

describe('moveRange', () => {
  const range: OffsetRange = { start: 10, end: 20 };

  test('edits before it shift it, edits after it leave it', () => {
    assert.deepEqual(moveRange(range, [insert(0, 'abc')]), { start: 13, end: 23 });
    assert.deepEqual(moveRange(range, [remove(2, 4)]), { start: 6, end: 16 });
    assert.deepEqual(moveRange(range, [insert(25, 'abc')]), range);
  });

  test('typing at either edge stays outside, typing inside belongs to it', () => {
    assert.deepEqual(moveRange(range, [insert(10, 'ab')]), { start: 12, end: 22 });
    assert.deepEqual(moveRange(range, [insert(20, 'ab')]), range);
    assert.deepEqual(moveRange(range, [insert(15, 'ab')]), { start: 10, end: 22 });
    assert.deepEqual(moveRange(range, [remove(12, 3)]), { start: 10, end: 17 });
  });

  test('a replaced edge leaves what is left', () => {
    assert.deepEqual(moveRange(range, [remove(5, 8)]), { start: 5, end: 12 });
    assert.deepEqual(moveRange(range, [remove(15, 10)]), { start: 10, end: 15 });
    assert.deepEqual(moveRange(range, [{ rangeOffset: 5, rangeLength: 30, text: 'xyz' }]), {
      start: 8,
      end: 8,
    });
  });

  test('follows the text through every single edit of a small document', () => {
    const before = 'aaaaaBBBBBccccc';
    const own = { start: 5, end: 10 };
    for (let offset = 0; offset <= before.length; offset++) {
      for (let length = 0; offset + length <= before.length; length++) {
        const edit: Edit = { rangeOffset: offset, rangeLength: length, text: 'xx' };
        const after = before.slice(0, offset) + edit.text + before.slice(offset + length);
        const { start, end } = moveRange(own, [edit]);
        assert.ok(start <= end && end <= after.length, `edit at ${offset}+${length}`);
        const kept = after.slice(start, end).replaceAll('x', '');
        assert.match(kept, /^B*$/, `edit at ${offset}+${length} kept ${kept}`);
        assert.equal(
          kept.length,
          after.replaceAll(/[^B]/g, '').length,
          `edit at ${offset}+${length} lost text`,
        );
      }
    }
  });

  test('several edits of one event add up', () => {
    assert.deepEqual(moveRange(range, [insert(15, 'zz'), insert(0, 'abc')]), { start: 13, end: 25 });
  });
});

describe('tokenAtOffset', () => {
  const token = (start: number, end: number, segment = 0, special = false): Token => ({
    id: 1,
    text: '',
    piece: '',
    start,
    end,
    special,
    segment,
  });
  const tokens = [
    token(0, 0, 0, true),
    token(0, 3),
    token(4, 7),
    token(4, 7),
    token(0, 2, 1),
    token(0, 0, 0, true),
  ];
  const starts = [100, 200];

  test('the character at the offset decides, special tokens never', () => {
    assert.equal(tokenAtOffset(tokens, starts, 100), 1);
    assert.equal(tokenAtOffset(tokens, starts, 102), 1);
    assert.equal(tokenAtOffset(tokens, starts, 201), 4);
  });

  test('the first of several tokens on one character counts', () => {
    assert.equal(tokenAtOffset(tokens, starts, 105), 2);
  });

  test('at the end of a token the one before counts, unless another begins there', () => {
    assert.equal(tokenAtOffset(tokens, starts, 103), 1);
    assert.equal(tokenAtOffset(tokens, starts, 107), 2);
  });

  test('outside all tokens there is none', () => {
    assert.equal(tokenAtOffset(tokens, starts, 99), null);
    assert.equal(tokenAtOffset(tokens, starts, 150), null);
  });
});
