import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareReports } from '../../../src/probes/compareReports';
import type { BarFigure, HeatmapFigure, LineFigure, Report, Table } from '../../../src/shared/report';

const axis = { label: 'L' };
const bar = (values: number[], categories = ['x', 'y']): BarFigure => ({
  ...{ kind: 'bar', id: 'bar', title: 'Bars', categories, category: axis, value: axis },
  series: [{ name: '', values }],
});
const line = (y: number): LineFigure => ({
  ...{ kind: 'line', id: 'line', title: 'Lines', x: axis, y: axis },
  series: [{ name: 's', points: [[0, y]] }],
});
const heatmap = (values: (number | null)[], rows = ['r']): HeatmapFigure => ({
  ...{ kind: 'heatmap', id: 'map', title: 'Map', rows, columns: ['c', 'd'], row: axis, column: axis },
  ...{ value: { label: 'V', format: 2 as const }, values },
});
const table: Table = { kind: 'table', id: 't', title: 'T', columns: [axis], rows: [['a']] };

function compared(first: Report['parts'], second: Report['parts']) {
  return compareReports(
    { name: 'A', report: { findings: ['one'], parts: first } },
    { name: 'B', report: { findings: ['two'], parts: second } },
  );
}

describe('two reports as one', () => {
  it('name what each found', () => {
    assert.deepEqual(compared([], []).findings, ['A: one', 'B: two']);
  });

  it('have bars and lines of the same axes in one figure', () => {
    const { parts } = compared([bar([1, 2]), line(1)], [bar([3, 4]), line(2)]);
    assert.deepEqual((parts[0] as BarFigure).series, [
      { name: 'A', values: [1, 2] },
      { name: 'B', values: [3, 4] },
    ]);
    assert.deepEqual(
      (parts[1] as LineFigure).series.map(({ name }) => name),
      ['A: s', 'B: s'],
    );
  });

  it('have bars of other categories one after the other', () => {
    const { parts } = compared([bar([1, 2])], [bar([3, 4], ['x', 'z'])]);
    assert.deepEqual(
      parts.map(({ id, title }) => [id, title]),
      [
        ['bar-a', 'Bars (A)'],
        ['bar-b', 'Bars (B)'],
      ],
    );
  });

  it('have the difference of heatmaps, where both have a value', () => {
    const { parts } = compared([heatmap([1, null])], [heatmap([4, 2])]);
    assert.equal(parts.length, 3);
    assert.deepEqual((parts[2] as HeatmapFigure).values, [3, null]);
    assert.match(parts[2]?.title ?? '', /B minus A/);
    assert.equal(compared([heatmap([1, 2])], [heatmap([1, 2], ['other'])]).parts.length, 2);
  });

  it('keep what only one of them has', () => {
    const { parts } = compared([table], [bar([1, 2])]);
    assert.deepEqual(
      parts.map(({ id, title }) => [id, title]),
      [
        ['t', 'T (A)'],
        ['bar', 'Bars (B)'],
      ],
    );
  });
});
