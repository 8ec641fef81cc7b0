import * as l10n from '@vscode/l10n';

/**
 * The protobuf wire format (https://protobuf.dev/programming-guides/encoding), as much of it as ONNX uses: varints,
 * 32- and 64-bit values and length-delimited fields. Nothing here copies bytes, so unknown fields survive as they are.
 */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** The longest tag and length that a field can start with. */
export const MAX_HEADER = 20;

/** Bytes that are not protobuf, or that end too early. The message is a reason, to be put behind a file's name. */
export class WireError extends Error {}

/** Where a field's payload lies, counted from the field's first byte. */
export interface Header {
  number: number;
  type: number;
  /** Bytes of the tag, and of the length where there is one. */
  size: number;
  /** Bytes of the payload. */
  length: number;
}

/** End of the varint that starts at `pos`. Throws WireError if it is longer than 10 bytes or passes `end`. */
export function varintEnd(bytes: Uint8Array, pos: number, end: number): number {
  for (let at = pos; at < end && at < pos + 10; at++) {
    if ((bytes[at] as number) < 0x80) return at + 1;
  }
  throw new WireError(
    pos + 10 <= end ? l10n.t('a number is longer than 64 bits') : l10n.t('it ends inside a number'),
  );
}

/** An unsigned varint; values above 2^53 lose their low bits. `end` is where the varint ends. */
export function readUnsigned(bytes: Uint8Array, pos: number, end: number): number {
  let value = 0;
  let factor = 1;
  for (let at = pos; at < end; at++, factor *= 128) value += ((bytes[at] as number) & 0x7f) * factor;
  return value;
}

/** An int64 varint, exact. `end` is where the varint ends; bits above 64 are ignored, as protobuf does. */
export function readSigned(bytes: Uint8Array, pos: number, end: number): bigint {
  let value = 0n;
  for (let at = pos; at < end; at++) value |= BigInt((bytes[at] as number) & 0x7f) << BigInt(7 * (at - pos));
  return BigInt.asIntN(64, value);
}

/** Reads a field's tag and length. Only the header must lie before `end`, the payload may not have been read yet. */
export function readHeader(bytes: Uint8Array, pos: number, end: number): Header {
  const tagEnd = varintEnd(bytes, pos, end);
  const tag = readUnsigned(bytes, pos, tagEnd);
  const number = Math.floor(tag / 8);
  const type = tag % 8;
  if (number === 0 || number > 0x1fffffff)
    throw new WireError(l10n.t('it holds a field with an impossible number'));
  const size = tagEnd - pos;
  switch (type) {
    case VARINT:
      return { number, type, size, length: varintEnd(bytes, tagEnd, end) - tagEnd };
    case FIXED64:
      return { number, type, size, length: 8 };
    case FIXED32:
      return { number, type, size, length: 4 };
    case BYTES: {
      const lengthEnd = varintEnd(bytes, tagEnd, end);
      return { number, type, size: lengthEnd - pos, length: readUnsigned(bytes, tagEnd, lengthEnd) };
    }
    default:
      throw new WireError(l10n.t('it holds a field of an unknown kind'));
  }
}

/** Walks the fields of one message: `while (f.next()) switch (f.number) ...`. Every payload lies inside the message. */
export class Fields {
  number = 0;
  type = VARINT;
  /** Payload of the current field: bytes[start, stop). */
  start = 0;
  stop: number;

  constructor(
    readonly bytes: Uint8Array,
    start = 0,
    readonly end = bytes.length,
  ) {
    this.stop = start;
  }

  next(): boolean {
    if (this.stop >= this.end) return false;
    const header = readHeader(this.bytes, this.stop, this.end);
    this.number = header.number;
    this.type = header.type;
    this.start = this.stop + header.size;
    this.stop = this.start + header.length;
    if (this.stop > this.end) throw new WireError(l10n.t('a part reaches beyond its end'));
    return true;
  }

  /** The current field as a message. */
  message(): Fields {
    this.expect(BYTES);
    return new Fields(this.bytes, this.start, this.stop);
  }

  /** The current field's payload, not copied. */
  view(): Uint8Array {
    return this.bytes.subarray(this.start, this.stop);
  }

  string(): string {
    this.expect(BYTES);
    return utf8(this.bytes, this.start, this.stop);
  }

  /** An int64 or enum as a number; values beyond 2^53 lose their low bits. */
  int(): number {
    this.expect(VARINT);
    return this.stop - this.start <= 7
      ? readUnsigned(this.bytes, this.start, this.stop)
      : Number(readSigned(this.bytes, this.start, this.stop));
  }

  float(): number {
    this.expect(FIXED32);
    return view(this.bytes).getFloat32(this.start, true);
  }

  /** Appends a repeated int64 field, packed or not, to `into`. */
  ints(into: number[]): void {
    if (this.type === VARINT) return void into.push(this.int());
    this.expect(BYTES);
    for (let at = this.start; at < this.stop;) {
      const next = varintEnd(this.bytes, at, this.stop);
      into.push(
        next - at <= 7 ? readUnsigned(this.bytes, at, next) : Number(readSigned(this.bytes, at, next)),
      );
      at = next;
    }
  }

  /** Appends a repeated float field, packed or not, to `into`. */
  floats(into: number[]): void {
    if (this.type === FIXED32) return void into.push(this.float());
    this.expect(BYTES);
    const data = view(this.bytes);
    for (let at = this.start; at + 4 <= this.stop; at += 4) into.push(data.getFloat32(at, true));
  }

  private expect(type: number): void {
    if (this.type !== type) throw new WireError(l10n.t('it holds a field of the wrong kind'));
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end);
}

/** A varint of an unsigned number below 2^53, or of any int64 (negative ones take 10 bytes). */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

/** The tag and length in front of `length` bytes of payload. */
export function bytesHeader(number: number, length: number): Uint8Array {
  return concat([varint(number * 8 + BYTES), varint(length)]);
}

export function bytesField(number: number, payload: Uint8Array): Uint8Array {
  return concat([bytesHeader(number, payload.length), payload]);
}

export function stringField(number: number, text: string): Uint8Array {
  return bytesField(number, Buffer.from(text, 'utf8'));
}

export function varintField(number: number, value: number | bigint): Uint8Array {
  return concat([varint(number * 8 + VARINT), varint(value)]);
}

export function floatField(number: number, value: number): Uint8Array {
  const payload = new Uint8Array(4);
  view(payload).setFloat32(0, value, true);
  return concat([varint(number * 8 + FIXED32), payload]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
