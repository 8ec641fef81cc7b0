import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { compareFixture } from './support/parity';
import type { Differences, Quantity } from './support/parity';
import { fixtureNames } from './support/reference';

/** As it is, it wants a flag that nobody feeds: without its branches it is in exporters.test.ts. */
const NEEDS_FLAG = 'bert-if-weights';
const LIMIT = 1e-5;
const TABLE = join(__dirname, '..', 'parity.md');
const NOTE =
  'Largest absolute difference over all cases, layers and heads; right of the logits, relative where a value is above 1.';
const COLUMNS: [Quantity, string][] = [
  ['attention', 'attention'],
  ['logits', 'logits'],
  ['untapped', 'logits, tapped or not'],
  ['scores', 'scores'],
  ['q', 'queries'],
  ['k', 'keys'],
  ['v', 'values'],
  ['hidden_state', 'hidden states'],
];

describe('Parity with PyTorch', () => {
  const rows: string[] = [];
  for (const name of fixtureNames().filter((fixture) => fixture !== NEEDS_FLAG)) {
    it(name, async () => {
      const { reference, found } = await compareFixture(name);
      rows.push(tableRow(name, reference.class, found));
      assert.ok(found.attention !== undefined && found.logits !== undefined);
      for (const [quantity, difference] of Object.entries(found)) {
        assert.ok(difference <= LIMIT, `${quantity} differs by ${difference}`);
      }
    });
  }

  after(() => {
    const titles = ['fixture', 'class', ...COLUMNS.map(([, title]) => title)];
    const table = `${[titles, titles.map(() => '---')].map(line).join('\n')}\n${rows.join('\n')}\n\n${NOTE}\n`;
    if (!existsSync(TABLE) || readFileSync(TABLE, 'utf8') !== table) writeFileSync(TABLE, table);
  });
});

function tableRow(name: string, className: string, found: Differences): string {
  return line([`\`${name}\``, className, ...COLUMNS.map(([quantity]) => oneDigit(found[quantity]))]);
}

/** One significant digit: the next ones change from machine to machine. */
function oneDigit(difference: number | undefined): string {
  if (difference === undefined) return '';
  return difference === 0 ? '0' : difference.toExponential(0);
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
