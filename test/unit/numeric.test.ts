import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { matrixOf } from '../../src/numeric/aggregate';
import { headTable } from '../../src/numeric/headTable';
import { logarithm } from '../../src/numeric/logarithm';
import { product } from '../../src/numeric/matrix';
import type { WeightReader } from '../../src/numeric/reader';
import { shapeMatrix } from '../../src/numeric/shape';
import { similarHeads } from '../../src/numeric/similarity';
import type { MatrixSource } from '../../src/shared/aggregate';
import type { AttentionKind, AttentionLayer, HeadAddress } from '../../src/shared/attention';
import type { AxisFacts } from '../../src/shared/inference';
import type { MetricName, MetricValues } from '../../src/shared/metrics';
import { seeded } from '../support/seeded';

const TOLERANCE = 1e-6;

/** What make_metrics.py writes. */
interface Fixture {
  name: string;
  axes: Partial<Record<AttentionKind, { queries: AxisFacts; keys: AxisFacts }>>;
  layers: (AttentionLayer & { weights: string })[];
  sinks: Partial<Record<AttentionKind, number[]>>;
  heads: (HeadAddress & { raw: MetricValues; clean: MetricValues; keptMass: number })[];
  matrices: { source: MatrixSource; values: number[] }[];
  similar: (HeadAddress & { similarity: [layer: number, head: number, value: number][] })[];
  shaped: {
    kind: AttentionKind;
    queries: number[][];
    keys: number[][];
    renormalize: boolean;
    threshold: number;
    values: number[];
  }[];
}

const PATH = join(import.meta.dirname, '../fixtures/metrics/metrics.json');
const FIXTURES = JSON.parse(readFileSync(PATH, 'utf8')) as Fixture[];

function readerOf({ layers }: Pick<Fixture, 'layers'>): WeightReader {
  const weights = layers.map((layer) => {
    const bytes = Uint8Array.from(Buffer.from(layer.weights, 'base64'));
    return new Float32Array(bytes.buffer);
  });
  return { layers, view: async (index) => weights[index] as Float32Array };
}

function assertNear(found: number | null | undefined, wanted: number | null | undefined, what: string): void {
  if (wanted === null || found === null) return assert.equal(found, wanted, what);
  const difference = Math.abs((found ?? NaN) - (wanted ?? NaN));
  assert.ok(difference <= TOLERANCE, `${what}: ${found}, NumPy has ${wanted}`);
}

function assertAllNear(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(found.length, wanted.length, what);
  for (let i = 0; i < wanted.length; i++) assertNear(found[i], wanted[i], `${what}, cell ${i}`);
}

describe('arithmetic', () => {
  test('the logarithm is that of Math.log, and 0 times that of 0 is 0', () => {
    for (let value = 1e-45; value < 1e6; value *= 1.0173) {
      const error = Math.abs(logarithm(value) - Math.log(value));
      assert.ok(error <= 2e-15 * Math.max(1, Math.abs(Math.log(value))), `${value}: ${error}`);
    }
    assert.ok(0 * logarithm(0) === 0);
  });

  // Whole blocks and rests of the product's four rows by two columns; zeros as causal attention has them.
  for (const [rows, inner, columns, causal] of [
    [1, 1, 1, false],
    [4, 6, 2, false],
    [7, 5, 3, false],
    [9, 9, 9, true],
  ] as const) {
    test(`a product of ${rows} x ${inner} and ${inner} x ${columns}${causal ? ', causal' : ''}`, () => {
      const draw = seeded(rows + inner);
      const matrix = (height: number, width: number) => {
        const cells = Array.from({ length: height * width }, (_, i) =>
          causal && i % width > Math.floor(i / width) ? 0 : draw(),
        );
        return { rows: height, columns: width, values: Float64Array.from(cells) };
      };
      const [a, b] = [matrix(rows, inner), matrix(inner, columns)];
      const wanted = Float64Array.from({ length: rows * columns }, (_, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum += (a.values[row * inner + k] ?? 0) * (b.values[k * columns + column] ?? 0);
        return sum;
      });
      const found = product(a, b);
      assert.deepEqual([found.rows, found.columns], [rows, columns]);
      found.values.forEach((value, i) => assert.ok(Math.abs(value - (wanted[i] ?? NaN)) < 1e-14));
    });
  }
});

for (const fixture of FIXTURES) {
  describe(`NumPy's answers, ${fixture.name}`, () => {
    const reader = readerOf(fixture);

    test('measures of every head', async () => {
      const table = await headTable(reader, (kind) => {
        const axes = fixture.axes[kind];
        assert.ok(axes);
        return axes;
      });
      assert.deepEqual(table.sinks, fixture.sinks);
      assert.equal(table.heads.length, fixture.heads.length);
      for (const [index, wanted] of fixture.heads.entries()) {
        const found = table.heads[index];
        assert.ok(found);
        const name = `${wanted.kind} ${wanted.layer}.${wanted.head}`;
        assert.deepEqual([found.kind, found.layer, found.head], [wanted.kind, wanted.layer, wanted.head]);
        assertNear(found.keptMass, wanted.keptMass, `${name} kept mass`);
        for (const metric of Object.keys(wanted.raw) as MetricName[]) {
          assertNear(found.raw[metric], wanted.raw[metric], `${name} raw ${metric}`);
          assertNear(found.clean[metric], wanted.clean[metric], `${name} clean ${metric}`);
        }
      }
    });

    for (const { source, values } of fixture.matrices) {
      test(`${JSON.stringify(source)}`, async () =>
        assertAllNear((await matrixOf(reader, source)).values, values, source.from));
    }

    test('hidden, grouped, renormalized and cut off', async () => {
      for (const wanted of fixture.shaped) {
        const head = await matrixOf(reader, { from: 'head', kind: wanted.kind, layer: 1, head: 1 });
        const groups = (lists: number[][]) => lists.map((tokens) => ({ tokens }));
        const found = shapeMatrix(head, groups(wanted.queries), groups(wanted.keys), wanted);
        assertAllNear(found.values, wanted.values, wanted.kind);
      }
    });

    test('likeness of heads', async () => {
      for (const { similarity, ...address } of fixture.similar) {
        const found = await similarHeads(reader, address, 100);
        assert.equal(found.length, similarity.length);
        for (const [layer, head, value] of similarity) {
          const one = found.find((other) => other.layer === layer && other.head === head);
          assertNear(one?.similarity, value, `${address.kind} ${layer}.${head}`);
        }
        const order = found.map((one) => one.similarity);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => b - a),
        );
      }
    });
  });
}

describe('whatever the weights', () => {
  const random = seeded(7);
  for (const kind of ['encoder', 'decoder'] as const) {
    for (const tokens of [1, 2, 3, 14]) {
      const reader = randomReader(kind, tokens, random);

      test(`${kind}, ${tokens} tokens: rows of mean and rollout sum to 1, nothing is negative`, async () => {
        for (const source of [
          { from: 'heads', kind, layer: 0, reduce: 'mean' },
          { from: 'layers', kind, reduce: 'mean' },
          { from: 'rollout', kind },
          { from: 'flow', kind },
        ] as const) {
          const { rows, columns, values } = await matrixOf(reader, source);
          for (let row = 0; row < rows; row++) {
            const cells = values.subarray(row * columns, (row + 1) * columns);
            assertNear(
              cells.reduce((sum, cell) => sum + cell, 0),
              1,
              `${source.from} row ${row}`,
            );
            assert.ok(
              cells.every((cell, column) => cell >= 0 && (kind === 'encoder' || column <= row || cell === 0)),
            );
          }
        }
      });

      test(`${kind}, ${tokens} tokens: shares are between 0 and 1`, async () => {
        const axis = {
          ids: Array.from({ length: tokens }, () => 1),
          special: Array.from({ length: tokens }, () => false),
        };
        const { heads } = await headTable(reader, () => ({ queries: axis, keys: axis }));
        for (const { raw, clean, keptMass } of heads) {
          assert.ok(keptMass >= 0 && keptMass <= 1 + TOLERANCE);
          for (const { distance, entropy, monotonicity, ...shares } of [raw, clean]) {
            assert.ok((distance ?? 0) >= 0 && (entropy ?? 0) > -TOLERANCE && monotonicity === null);
            for (const share of Object.values(shares)) {
              assert.ok(share === null || (share > -TOLERANCE && share <= 1 + TOLERANCE));
            }
          }
        }
      });
    }
  }

  test('heads that rest on a sink are called just that', async () => {
    const tokens = 12;
    const weights = new Float32Array(tokens * tokens);
    for (let query = 0; query < tokens; query++) {
      weights[query * tokens] = query === 0 ? 1 : 0.95;
      if (query > 0) weights[query * tokens + query - 1] = (weights[query * tokens + query - 1] ?? 0) + 0.05;
    }
    const layers: AttentionLayer[] = [{ kind: 'decoder', layer: 0, heads: 1, queries: tokens, keys: tokens }];
    const axis = {
      ids: [...weights.keys()].slice(0, tokens),
      special: Array.from({ length: tokens }, () => false),
    };
    const table = await headTable({ layers, view: async () => weights }, () => ({
      queries: axis,
      keys: axis,
    }));
    assert.deepEqual(table.sinks, { decoder: [0] });
    assert.deepEqual(table.heads[0]?.labels, ['sink']);
    assertNear(table.heads[0]?.clean.previous, 1, 'previous without the sink');
  });
});

function randomReader(kind: AttentionKind, tokens: number, random: () => number): WeightReader {
  const heads = 2;
  const layers: AttentionLayer[] = [0, 1].map((layer) => ({
    kind,
    layer,
    heads,
    queries: tokens,
    keys: tokens,
  }));
  const weights = layers.map(() => {
    const values = new Float32Array(heads * tokens * tokens);
    for (let row = 0; row < heads * tokens; row++) {
      const seen = kind === 'decoder' ? (row % tokens) + 1 : tokens;
      const parts = Array.from({ length: seen }, () => random() ** 4 + 1e-6);
      const sum = parts.reduce((total, part) => total + part, 0);
      parts.forEach((part, key) => (values[row * tokens + key] = part / sum));
    }
    return values;
  });
  return { layers, view: async (index) => weights[index] as Float32Array };
}
