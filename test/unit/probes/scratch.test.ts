import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { softmax } from '../../../src/numeric/softmax';
import { alibiSlope, entropyOf } from '../../../src/probes/scratch/attention';
import { parseMatrix, sideBySide } from '../../../src/probes/scratch/matrix';
import { scratchReport } from '../../../src/probes/scratch/report';
import { readNumbers } from '../../../src/probes/scratch/run';
import { follow, UNCHANGED, type Change } from '../../../src/probes/scratch/variants';

/** PyTorch's answers, see test/fixtures/make_probes.py. */
const expected = JSON.parse(readFileSync(join(root, 'test/fixtures/probes/scratch.json'), 'utf8')) as {
  q: number[][];
  k: number[][];
  v: number[][];
  slopes: number[];
  changes: Record<string, { weights: number[]; output: number[]; entropies: number[] }>;
  concatenated: number[];
};

const typed = (rows: number[][]) => rows.map((row) => row.join(' ')).join('\n');
const NUMBERS = { q: typed(expected.q), k: typed(expected.k), v: typed(expected.v), heads: 1, head: 0 };

const CHANGES: Record<string, Change> = {
  own: UNCHANGED,
  unscaled: { ...UNCHANGED, scaling: 'none' },
  hot: { ...UNCHANGED, temperature: 2.5 },
  causal: { ...UNCHANGED, mask: 'causal' },
  local: { ...UNCHANGED, bias: 'distance', slope: 0.1 },
  alibi: { ...UNCHANGED, bias: 'alibi' },
  all: { scaling: 'none', temperature: 0.7, mask: 'causal', bias: 'distance', slope: 0.3 },
};

const near = (found: readonly number[], wanted: readonly number[], what: string) => {
  assert.equal(found.length, wanted.length, what);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - (wanted[i] as number)) < 1e-9, `${what} ${i}: ${value}, not ${wanted[i]}`),
  );
};

describe('attention from scratch', () => {
  it('is PyTorch’s, whatever is changed', () => {
    assert.deepEqual(Object.keys(expected.changes), Object.keys(CHANGES));
    for (const [name, answer] of Object.entries(expected.changes)) {
      // The third of four heads, for its slope.
      const numbers = { ...readNumbers(NUMBERS), head: 2, count: 4 };
      const { weights, output, entropies } = follow(numbers, CHANGES[name] as Change);
      near(weights.values, answer.weights, `${name}: weights`);
      near(output.values, answer.output, `${name}: output`);
      near(entropies, answer.entropies, `${name}: entropies`);
    }
  });

  it('splits into heads and puts them side by side as PyTorch does', () => {
    const numbers = readNumbers({ ...NUMBERS, heads: 2 });
    const outputs = numbers.heads.map((_, head) => follow(numbers, UNCHANGED, head).output);
    near(sideBySide(outputs).values, expected.concatenated, 'heads');
  });

  it('has ALiBi’s slopes', () => {
    near(
      expected.slopes.map((_, head) => alibiSlope(head, 4)),
      expected.slopes,
      'slope',
    );
  });

  it('has a softmax that stands large scores, masks and sinks', () => {
    near([...softmax([1000, 1000, -Infinity])], [0.5, 0.5, 0], 'large');
    near([...softmax([-Infinity, -Infinity])], [0, 0], 'all masked');
    near([...softmax([0, 0], 0)], [1 / 3, 1 / 3], 'sink');
    assert.equal(entropyOf([1, 0]), 0);
    assert.ok(Math.abs(entropyOf([0.25, 0.25, 0.25, 0.25]) - Math.log(4)) < 1e-12);
  });

  it('reports every step with the numbers of the settings', () => {
    for (const change of Object.values(CHANGES)) {
      for (const heads of [1, 2]) {
        const result = readNumbers({ ...NUMBERS, heads, head: 7 });
        const { findings, parts } = scratchReport(result, { ...change, row: 39 });
        assert.ok(!/NaN|undefined|Infinity/.test(JSON.stringify([findings, parts])));
        const row = parts.find(({ id }) => id === 'row');
        const weights = row?.kind === 'table' ? row.rows.map((cells) => cells.at(-1)) : [];
        const last = follow(result, change).weights.values.slice(-6);
        near(weights as number[], last, 'row');
        assert.equal(
          parts.some(({ id }) => id === 'concatenated'),
          heads > 1,
        );
      }
    }
  });
});

describe('matrices that people type', () => {
  it('are rows of numbers', () => {
    assert.deepEqual(parseMatrix('Q', ' 1, -2.5  3e1\n\n+.5 0 4;5 6 7\n'), {
      rows: 3,
      columns: 3,
      values: [1, -2.5, 30, 0.5, 0, 4, 5, 6, 7],
    });
  });

  const wrong: [string, RegExp][] = [
    ['', /no numbers/],
    [' \n ; ', /no numbers/],
    ['1 2\n3', /first row and 1 in row 2/],
    ['1 two', /row 1 that is no number/],
    ['1 NaN', /no number/],
    ['1 Infinity', /no number/],
    ['1e9', /no number/],
    ['1 1e', /no number/],
    ['0x10 1', /no number/],
    ['1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17', /At most 16/],
    ['1\n'.repeat(17), /At most 16/],
    ['1 '.repeat(50_000), /At most 16/],
    ['<b>1</b>', /no number/],
  ];
  for (const [text, message] of wrong) {
    it(`are refused where they are not: ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.throws(() => parseMatrix('Q', text), { code: 'input', message });
    });
  }

  it('have to fit each other', () => {
    const of = (changed: Partial<typeof NUMBERS>) => () => readNumbers({ ...NUMBERS, ...changed });
    assert.throws(of({ q: '1 2' }), /Q has 2 columns and K has 4/);
    assert.throws(of({ v: '1 2' }), /K has 6 rows and V has 1/);
    assert.throws(of({ heads: 3 }), /cannot be split among 3 heads/);
  });
});
