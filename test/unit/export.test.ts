import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { csvPieces } from '../../src/probes/export/csv';
import { npzPieces } from '../../src/probes/export/npz';
import { parseSession, sessionFile } from '../../src/probes/export/sessionFile';
import { svgPieces } from '../../src/probes/export/svg';
import { crc32 } from '../../src/probes/export/zip';
import type { AxisItem, ShapedMatrix } from '../../src/shared/aggregate';
import type { AttentionResult } from '../../src/shared/attention';
import type { PanelState } from '../../src/shared/protocol';
import type { Token } from '../../src/shared/tokens';

const TEXTS = ['a', ' "b",\n', '🦊<&', '=1+1'];
const tokens = TEXTS.map((text, id): Token => ({
  id,
  text,
  piece: text,
  start: id,
  end: id + 1,
  special: false,
  segment: 0,
}));
const result: AttentionResult = {
  runId: 'run-1',
  model: {
    ...{ id: 'owner/tiny', name: 'tiny', family: 'encoder-only', architecture: 'bert' },
    ...{ layers: 2, heads: 2, maxTokens: 8, vocabulary: 9, hasTokenizer: true },
  },
  segments: [{ text: TEXTS.join(''), offset: 3 }],
  tokens,
  layers: [0, 1].map((layer) => ({ kind: 'encoder', layer, heads: 2, queries: 4, keys: 4 })),
  timing: { openMs: 0, tokenizeMs: 0, runMs: 0 },
  createdAt: '2026-11-22T00:00:00.000Z',
};
const weightsOf = (layer: number, head: number) =>
  Float32Array.from({ length: 16 }, (_, i) => (layer * 100 + head * 16 + i) / 7);
const items: AxisItem[] = TEXTS.map((text, i) => ({ text, tokens: [i], special: false }));
const matrix: ShapedMatrix = {
  ...{ queries: items, keys: items, weights: weightsOf(0, 0), largest: 15 / 7, sinks: [] },
  formula: ['A = <mean> & more'],
};

describe('NPZ', () => {
  test('the archive, its checksums and its arrays, byte by byte', async () => {
    const head = async (layer: { layer: number }, number: number) => ({
      ...{ kind: 'encoder' as const, layer: layer.layer, head: number, queries: 4, keys: 4 },
      weights: weightsOf(layer.layer, number),
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of npzPieces(result, head)) pieces.push(piece);
    const arrays = readZip(Buffer.concat(pieces));
    assert.deepEqual([...arrays.keys()], ['token_ids.npy', 'tokens.npy', 'encoder_0.npy', 'encoder_1.npy']);
    const first = readNpy(arrays.get('encoder_1.npy') as Buffer);
    assert.equal(first.header, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4, 4), }");
    const wanted = [...weightsOf(1, 0), ...weightsOf(1, 1)];
    wanted.forEach((weight, i) => assert.equal(first.data.readFloatLE(4 * i), weight));
    assert.equal(first.data.length, 4 * wanted.length);
    const names = readNpy(arrays.get('tokens.npy') as Buffer);
    assert.equal(names.header, "{'descr': '<U6', 'fortran_order': False, 'shape': (4,), }");
    const codes = Array.from({ length: 24 }, (_, i) => names.data.readUInt32LE(4 * i));
    const texts = [0, 1, 2, 3].map((i) => codes.slice(6 * i, 6 * i + 6).filter((code) => code > 0));
    assert.deepEqual(
      texts.map((points) => String.fromCodePoint(...points)),
      TEXTS,
    );
  });

  test('CRC-32 of the standard check string', () =>
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926));
});

describe('CSV', () => {
  test('texts survive quotes, commas and line breaks; weights survive the round trip', () => {
    const lines = readCsv([...csvPieces(matrix)].join(''));
    assert.deepEqual(lines[0], ['', ...TEXTS]);
    for (const [query, line] of lines.slice(1).entries()) {
      assert.equal(line[0], TEXTS[query]);
      assert.deepEqual(
        line.slice(1).map((cell) => Math.fround(Number(cell))),
        [...matrix.weights.subarray(4 * query, 4 * query + 4)],
      );
    }
  });
});

describe('SVG', () => {
  test('labels are text, markup is escaped, cells have their place', () => {
    const svg = [...svgPieces(matrix, 'tiny: <all>')].join('');
    assert.match(svg, /^<svg [^>]*viewBox="0 0 [\d.]+ [\d.]+"/);
    assert.ok(
      svg.includes('>🦊&lt;&amp;</text>') &&
        svg.includes('tiny: &lt;all&gt;') &&
        svg.includes('A = &lt;mean&gt; &amp; more'),
    );
    assert.equal(svg.match(/<text transform/g)?.length, 4);
    // The first weight is 0: white, like the background.
    assert.equal(svg.match(/<rect x=/g)?.length, 15);
    assert.ok(svg.includes('fill="#08306b"'));
    const open = [...svg.matchAll(/<(\w+)[^>]*[^/]>/g)].length;
    assert.equal([...svg.matchAll(/<\/\w+>/g)].length, open);
  });

  test('refuses what no viewer could draw', () => {
    const many = Array.from({ length: 257 }, () => items[0] as AxisItem);
    const large = { ...matrix, queries: many, weights: new Float32Array(257 * 4) };
    assert.throws(() => [...svgPieces(large, '')], { code: 'usage', message: /256/ });
  });
});

describe('session files', () => {
  const state: PanelState = {
    version: 1,
    runId: 'run-1',
    kind: 'encoder',
    layer: 1,
    head: 0,
    query: 2,
    view: 'table',
  };
  const written = JSON.stringify(
    sessionFile(result, { 'model.onnx': 'ab' }, state, 'Transformer Probe 0.1.0'),
  );

  test('come back as they were', () => {
    const session = parseSession(written);
    assert.deepEqual(session.segments, result.segments);
    assert.deepEqual(
      [session.model, session.state, session.target],
      [{ id: 'owner/tiny', sha256: { 'model.onnx': 'ab' } }, state, null],
    );
  });

  for (const [what, text] of [
    ['no JSON', 'PK'],
    ['other JSON', '{"a":1}'],
    ['null', 'null'],
    ['no segments', written.replace(/"segments":\[.*?\]/, '"segments":[]')],
    ['segments of numbers', written.replace(/"segments":\[.*?\]/, '"segments":[1]')],
    ['a model without hashes', written.replace(/"sha256":\{.*?\}/, '"sha256":null')],
  ] as const) {
    test(`${what} is refused`, () =>
      assert.throws(() => parseSession(text), { name: 'ProbeError', code: 'input' }));
  }

  test('a newer version says so', () =>
    assert.throws(() => parseSession(written.replace('"version":1', '"version":2')), {
      message: /newer version/,
    }));
});

/** A reader of stored zip archives that goes by the central directory, as numpy does. */
function readZip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  assert.equal(at + bytes.readUInt32LE(end + 12), end);
  for (let i = 0; i < bytes.readUInt16LE(end + 10); i++) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const [crc, size, length] = [
      bytes.readUInt32LE(at + 16),
      bytes.readUInt32LE(at + 24),
      bytes.readUInt16LE(at + 28),
    ];
    const name = bytes.toString('utf8', at + 46, at + 46 + length);
    const local = bytes.readUInt32LE(at + 42);
    assert.equal(bytes.readUInt32LE(local), 0x04034b50);
    assert.equal(bytes.toString('utf8', local + 30, local + 30 + length), name);
    assert.deepEqual([bytes.readUInt32LE(local + 14), bytes.readUInt32LE(local + 18)], [crc, size]);
    const content = bytes.subarray(local + 30 + length, local + 30 + length + size);
    assert.equal(crc32(content), crc, name);
    files.set(name, content);
    at += 46 + length;
  }
  return files;
}

function readNpy(bytes: Buffer): { header: string; data: Buffer } {
  assert.equal(bytes.toString('latin1', 0, 8), '\x93NUMPY\x01\x00');
  const length = bytes.readUInt16LE(8);
  assert.equal((10 + length) % 64, 0);
  const header = bytes.toString('latin1', 10, 10 + length);
  assert.ok(header.endsWith('\n'));
  return { header: header.trim(), data: bytes.subarray(10 + length) };
}

function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}
