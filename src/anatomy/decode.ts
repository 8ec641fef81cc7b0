/** Bytes of a dtype to numbers. Block formats as in ggml-quants.c of llama.cpp, checked against the `gguf` package. */
export type Decode = (data: DataView, count: number) => Float32Array | Float64Array;

const F = 'getFloat32';
type Getter =
  'getInt8' | 'getUint8' | 'getInt16' | 'getUint16' | 'getInt32' | 'getUint32' | typeof F | 'getFloat64';

function plain(getter: Getter, size: number): Decode {
  const wide = getter === 'getFloat64' || getter === 'getInt32' || getter === 'getUint32';
  return (data, count) => {
    const values = wide ? new Float64Array(count) : new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = data[getter](i * size, true);
    return values;
  };
}

function mapped(read: (data: DataView, at: number) => number, size: number): Decode {
  return (data, count) => {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = read(data, i * size);
    return values;
  };
}

/** Every half float, made once: 65,536 numbers. */
let halves: Float32Array | null = null;

function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const fraction = bits & 0x3ff;
    const exponent = (bits >> 10) & 0x1f;
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? NaN
            : Infinity
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    halves[bits] = bits & 0x8000 ? -size : size;
  }
  return halves;
}

export function half(bits: number): number {
  return halfTable()[bits] as number;
}

const f16: Decode = (data, count) => {
  const table = halfTable();
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = table[data.getUint16(2 * i, true)] as number;
  return values;
};

const bf16: Decode = (data, count) => {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = data.getUint16(2 * i, true) << 16;
  return new Float32Array(bits.buffer);
};

/** A float of 8 bits: OCP's E4M3 (no infinity) or E5M2. */
function float8(exponentBits: 4 | 5): Decode {
  const fractionBits = 7 - exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  return mapped((data, at) => {
    const bits = data.getUint8(at);
    const exponent = (bits & 0x7f) >> fractionBits;
    const fraction = bits & (2 ** fractionBits - 1);
    const sign = bits & 0x80 ? -1 : 1;
    if (exponentBits === 4 && (bits & 0x7f) === 0x7f) return NaN;
    if (exponentBits === 5 && exponent === 31) return fraction ? NaN : sign * Infinity;
    const part = fraction / 2 ** fractionBits;
    return sign * (exponent === 0 ? part * 2 ** (1 - bias) : (1 + part) * 2 ** (exponent - bias));
  }, 1);
}

/** Decodes blocks of `values` numbers in `bytes` bytes each. */
function blocks(
  values: number,
  bytes: number,
  decode: (data: DataView, at: number, into: Float32Array, start: number) => void,
): Decode {
  return (data, count) => {
    const all = new Float32Array(count);
    for (let i = 0; i < count / values; i++) decode(data, i * bytes, all, i * values);
    return all;
  };
}

const q8_0 = blocks(32, 34, (data, at, into, start) => {
  const scale = half(data.getUint16(at, true));
  for (let i = 0; i < 32; i++) into[start + i] = scale * data.getInt8(at + 2 + i);
});

/** 4 bits, low halves first; 5-bit types have their fifth bits in a word before them. */
function fourOrFive(hasMinimum: boolean, hasHigh: boolean): Decode {
  const head = (hasMinimum ? 4 : 2) + (hasHigh ? 4 : 0);
  const shift = hasMinimum ? 0 : hasHigh ? 16 : 8;
  return blocks(32, head + 16, (data, at, into, start) => {
    const scale = half(data.getUint16(at, true));
    const minimum = hasMinimum ? half(data.getUint16(at + 2, true)) : 0;
    const high = hasHigh ? data.getUint32(at + head - 4, true) : 0;
    for (let i = 0; i < 32; i++) {
      const packed = data.getUint8(at + head + (i % 16));
      const low = i < 16 ? packed & 15 : packed >> 4;
      into[start + i] = scale * (low + 16 * ((high >>> i) & 1) - shift) + minimum;
    }
  });
}

/** The 6-bit scale and minimum of sub-block `i` of eight, packed into 12 bytes. */
function scaleAndMinimum(data: DataView, at: number, i: number): [scale: number, minimum: number] {
  const byte = (j: number) => data.getUint8(at + j);
  if (i < 4) return [byte(i) & 63, byte(i + 4) & 63];
  return [(byte(i + 4) & 15) | ((byte(i - 4) >> 6) << 4), (byte(i + 4) >> 4) | ((byte(i) >> 6) << 4)];
}

/** Q4_K and Q5_K: eight sub-blocks of 32 with a scale and minimum each; Q5_K has its fifth bits before the rest. */
function kBlocks(hasHigh: boolean): Decode {
  const low = hasHigh ? 48 : 16;
  return blocks(256, low + 128, (data, at, into, start) => {
    const scale = half(data.getUint16(at, true));
    const minimum = half(data.getUint16(at + 2, true));
    for (let sub = 0; sub < 8; sub++) {
      const [factor, offset] = scaleAndMinimum(data, at + 4, sub);
      for (let i = 0; i < 32; i++) {
        const packed = data.getUint8(at + low + 32 * (sub >> 1) + i);
        const fifth = hasHigh ? ((data.getUint8(at + 16 + i) >> sub) & 1) << 4 : 0;
        const value = (sub % 2 === 0 ? packed & 15 : packed >> 4) + fifth;
        into[start + 32 * sub + i] = Math.fround(scale * factor) * value - Math.fround(minimum * offset);
      }
    }
  });
}

/** Low 4 bits (128 bytes), high 2 bits (64), 16 scales of 8 bits, and a half float. */
const q6K = blocks(256, 210, (data, at, into, start) => {
  const scale = half(data.getUint16(at + 208, true));
  for (let i = 0; i < 256; i++) {
    const [side, inside] = [i >> 7, i & 127];
    const [quarter, column] = [inside >> 5, inside & 31];
    const packed = data.getUint8(at + 64 * side + 32 * (quarter & 1) + column);
    const low = quarter < 2 ? packed & 15 : packed >> 4;
    const high = (data.getUint8(at + 128 + 32 * side + column) >> (2 * quarter)) & 3;
    const factor = data.getInt8(at + 192 + 8 * side + 2 * quarter + (column >> 4));
    into[start + i] = Math.fround(scale * factor) * ((low | (high << 4)) - 32);
  }
});

const big = (read: 'getBigInt64' | 'getBigUint64') => mapped((data, at) => Number(data[read](at, true)), 8);

/** dtype -> how to read it. Types that are not here cannot be read. */
export const DECODERS: Readonly<Record<string, Decode>> = {
  ...{ F32: plain(F, 4), F64: plain('getFloat64', 8), F16: f16, BF16: bf16 },
  ...{ F8_E4M3: float8(4), F8_E5M2: float8(5) },
  ...{ I8: plain('getInt8', 1), U8: plain('getUint8', 1), BOOL: plain('getUint8', 1) },
  ...{ I16: plain('getInt16', 2), U16: plain('getUint16', 2), I32: plain('getInt32', 4) },
  ...{ U32: plain('getUint32', 4), I64: big('getBigInt64'), U64: big('getBigUint64') },
  ...{ Q8_0: q8_0, Q4_0: fourOrFive(false, false), Q4_1: fourOrFive(true, false) },
  ...{ Q5_0: fourOrFive(false, true), Q5_1: fourOrFive(true, true) },
  ...{ Q4_K: kBlocks(false), Q5_K: kBlocks(true), Q6_K: q6K },
};
