import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { ProbeError } from '../../src/shared/errors';
import { modelBytes } from '../unit/onnx/support';
import type { Row } from './support/exporters';
import { exporterNames, measure } from './support/exporters';

/** Against PyTorch, in single precision. */
const LIMIT = 1e-5;
/** Against softmax of the same file's own queries and keys: what its number format costs between those and the weights. */
const OWN_LIMIT: Record<string, number> = { int8: 5e-2, q4: 1e-5, q4f16: 5e-3, fp16: 5e-3 };
const TABLE = join(__dirname, '..', 'exporters.md');

describe('Attention of every exporter', () => {
  const rows: Row[] = [];
  for (const name of exporterNames()) {
    it(name, async () => {
      const row = await measure(name);
      rows.push(row);
      const { precision, difference, own } = row;
      if (precision === 'fp32') assert.ok(difference <= LIMIT, `differs from PyTorch by ${difference}`);
      else assert.ok(own <= (OWN_LIMIT[precision] ?? 0), `differs from its own queries and keys by ${own}`);
    });
  }

  after(() => {
    const titles = [
      'written as',
      'family',
      'layers',
      'precision',
      'compared with',
      'largest difference',
      'note',
    ];
    const table = [titles, titles.map(() => '---'), ...rows.sort(inOrder).map(cells)].map(line).join('\n');
    const text = `${table}\n`;
    if (rows.length < exporterNames().length) return;
    if (!existsSync(TABLE) || readFileSync(TABLE, 'utf8') !== text) writeFileSync(TABLE, text);
  });
});

describe('Models without attention to read', () => {
  it('name the operator in the way, the file, and what would work instead', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'exporters-'));
    const node = {
      opType: 'PackedMultiHeadAttention',
      domain: 'com.microsoft',
      inputs: ['x'],
      outputs: ['y'],
    };
    writeFileSync(join(folder, 'model.onnx'), modelBytes({ nodes: [node], inputs: [{ name: 'x' }] }));
    const engine = new Engine({ bundledDir: folder, memoryBudgetBytes: 2 ** 20, log: () => undefined });
    const error = await engine.request('open', { model: folder }).catch((reason: unknown) => reason);
    await engine.close();
    rmSync(folder, { recursive: true });
    assert.ok(error instanceof ProbeError && error.code === 'model');
    assert.match(error.message, /model\.onnx\. .*com\.microsoft\.PackedMultiHeadAttention .* Instead, /);
  });
});

/** Single precision first, then by pattern and family. */
function inOrder(a: Row, b: Row): number {
  const key = ({ precision, pattern, family }: Row) => `${precision === 'fp32' ? 0 : 1} ${pattern} ${family}`;
  return key(a) < key(b) ? -1 : 1;
}

function cells({ pattern, family, layers, precision, difference, own, note }: Row): string[] {
  const [compared, found] = precision === 'fp32' ? ['PyTorch', difference] : ['own Q and K', own];
  return [pattern, family, String(layers), precision, compared, oneDigit(found), note];
}

/** One significant digit: the next ones change from machine to machine. */
function oneDigit(difference: number): string {
  return difference === 0 ? '0' : difference.toExponential(0);
}

function line(values: string[]): string {
  return `| ${values.join(' | ')} |`;
}
