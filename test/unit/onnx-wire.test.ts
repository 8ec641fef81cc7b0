import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesField,
  concat,
  Fields,
  floatField,
  readHeader,
  readSigned,
  readUnsigned,
  stringField,
  varint,
  varintEnd,
  varintField,
  WireError,
} from '../../src/onnx/wire';
import { seeded } from '../support/seeded';

test('int64 varints survive a round trip, edges and 2,000 random ones', () => {
  const next = seeded(1);
  const values = [0n, 1n, 127n, 128n, 2n ** 53n, 2n ** 63n - 1n, -1n, -(2n ** 63n)];
  for (let i = 0; i < 2000; i++) {
    const bits = BigInt(Math.floor(next() * 64)) + 1n;
    const high = BigInt(Math.floor(next() * 2 ** 32)) << 32n;
    values.push(BigInt.asIntN(64, BigInt.asUintN(Number(bits), high | BigInt(Math.floor(next() * 2 ** 32)))));
  }
  for (const value of values) {
    const bytes = varint(value);
    assert.equal(varintEnd(bytes, 0, bytes.length), bytes.length);
    assert.equal(readSigned(bytes, 0, bytes.length), value);
    if (value >= 0n && value <= 2n ** 53n) assert.equal(BigInt(readUnsigned(bytes, 0, bytes.length)), value);
  }
});

test('random messages are read back field by field', () => {
  const next = seeded(2);
  for (let round = 0; round < 200; round++) {
    const parts = Array.from({ length: Math.floor(next() * 20) }, () => {
      const number = 1 + Math.floor(next() * 3000);
      const value = Math.floor((next() - 0.3) * 2 ** 40);
      const text = 'né😀'.repeat(Math.floor(next() * 50));
      return next() < 0.5
        ? { number, value, bytes: varintField(number, value) }
        : { number, value: text, bytes: stringField(number, text) };
    });
    const fields = new Fields(concat(parts.map((part) => part.bytes)));
    for (const part of parts) {
      assert.ok(fields.next());
      assert.equal(fields.number, part.number);
      assert.equal(typeof part.value === 'number' ? fields.int() : fields.string(), part.value);
    }
    assert.equal(fields.next(), false);
  }
});

test('repeated numbers are read packed and one by one', () => {
  const packed = bytesField(8, concat([varint(3), varint(-1), varint(300)]));
  const ints: number[] = [];
  for (const f = new Fields(concat([packed, varintField(8, 7)])); f.next();) f.ints(ints);
  assert.deepEqual(ints, [3, -1, 300, 7]);
  const floats: number[] = [];
  const packedFloats = bytesField(7, new Uint8Array(Float32Array.of(0.5, -2).buffer));
  for (const f = new Fields(concat([packedFloats, floatField(7, 8)])); f.next();) f.floats(floats);
  assert.deepEqual(floats, [0.5, -2, 8]);
});

test('what is not protobuf is refused', () => {
  const refused: [string, number[]][] = [
    ['a varint without an end', Array.from({ length: 11 }, () => 0x80)],
    ['a cut varint', [0x08, 0x80]],
    ['field number 0', [0x00, 0x01]],
    ['a group', [0x0b]],
    ['a length beyond the end', [0x0a, 0x05, 0x01]],
    ['a cut fixed32', [0x0d, 0x01, 0x02]],
  ];
  for (const [what, bytes] of refused) {
    assert.throws(() => new Fields(Uint8Array.from(bytes)).next(), WireError, what);
  }
  const text = new Fields(stringField(1, 'text'));
  assert.ok(text.next());
  assert.throws(() => text.int(), WireError);
});

test('a header may announce more than has been read', () => {
  const header = readHeader(Uint8Array.from([0x4a, 0x80, 0x80, 0x80, 0x80, 0x10]), 0, 6);
  assert.deepEqual(header, { number: 9, type: 2, size: 6, length: 2 ** 32 });
});
