import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { build } from 'esbuild';
import { root } from '../../../scripts/lib/paths.mjs';
import { reportCsv, tableCsv, tableMarkdown } from '../../../src/probes/exports';
import type { AnyProbe } from '../../../src/probes/probe';
import { cleanSettings, defaultSettings, parseSetting } from '../../../src/probes/settings';
import { PROBES } from '../../../src/probes/table';
import type { Inference } from '../../../src/shared/inference';
import { isUsed, unmetCondition } from '../../../src/shared/fields';
import type { Condition, Fields, Settings } from '../../../src/shared/probe';
import { PROBE_TOPICS } from '../../../src/shared/probe';
import type { Table } from '../../../src/shared/report';
import { figureTable, formatNumber, reportTables } from '../../../src/shared/report';

const FIELDS: Fields = {
  count: { kind: 'number', label: 'Count', default: 3, min: 1, max: 9, integer: true },
  family: { kind: 'choice', label: 'Family', default: 'a', options: [{ value: 'a', label: 'A' }] },
  on: { kind: 'boolean', label: 'On', default: false },
  model: { kind: 'model', label: 'Model', default: '' },
};
const DEPENDENT: Fields = {
  ...FIELDS,
  often: { kind: 'number', label: 'Often', default: 1, min: 1, max: 2, when: { field: 'on', is: [true] } },
  choice: {
    kind: 'choice',
    label: 'Choice',
    default: 'b',
    options: [{ value: 'b', label: 'B' }],
    when: { field: 'on', is: [true] },
  },
  last: { kind: 'text', label: 'Last', default: '', when: { field: 'choice', is: ['b', 'c'] } },
};

describe('the table of probes', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    contributes: { commands: { command: string }[] };
  };
  const declared = manifest.contributes.commands.map(({ command }) => command);

  it('has ids that are unique and fit for a command line', () => {
    const ids = PROBES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)*$/);
  });

  for (const probe of PROBES) {
    it(`${probe.id}: every default is allowed, every text is there, its command is declared`, () => {
      assert.deepEqual(
        cleanSettings(probe.fields, defaultSettings(probe.fields)),
        defaultSettings(probe.fields),
      );
      assert.ok(PROBE_TOPICS.includes(probe.topic));
      for (const text of [probe.title, probe.summary, probe.shows, probe.look, probe.limits]) assert.ok(text);
      for (const { href } of probe.links) assert.match(href, /^https:\/\//);
      assert.equal(probe.input === 'text', probe.sample !== undefined);
      const words = probe.id.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
      assert.ok(declared.includes(`transformerProbe.probe${words.join('')}`));
    });
  }
});

describe('fields that depend on others', () => {
  it('are of use where the condition is met, and that of the field they depend on', () => {
    const used = (settings: Settings) =>
      Object.keys(DEPENDENT).filter((name) => isUsed(DEPENDENT, settings, name));
    const always = Object.keys(FIELDS);
    assert.deepEqual(used({ on: false, choice: 'b' }), always);
    assert.deepEqual(used({ on: true, choice: 'b' }), [...always, 'often', 'choice', 'last']);
    assert.deepEqual(used({ on: true, choice: 'd' }), [...always, 'often', 'choice']);
    const unmet = (settings: Settings) => unmetCondition(DEPENDENT, settings, 'last')?.field;
    assert.equal(unmet({ on: false, choice: 'b' }), 'on');
    assert.equal(unmet({ on: true, choice: 'd' }), 'choice');
  });

  it('depend on values that the other field can have', () => {
    for (const { id, fields, reads } of PROBES) {
      const conditions = Object.entries(fields).map(([name, { when }]): [string, Condition | undefined] => [
        name,
        when,
      ]);
      for (const [name, when] of [...conditions, ['the text', reads] as const]) {
        if (!when) continue;
        const other = fields[when.field];
        assert.ok(other && when.field !== name, `${id}: ${name}`);
        for (const value of when.is) {
          assert.deepEqual(
            cleanSettings({ [when.field]: other }, { [when.field]: value }),
            { [when.field]: value },
            `${id}: ${name}`,
          );
        }
      }
    }
  });
});

describe('settings', () => {
  it('gives way to defaults where a value is not allowed, and drops unknown names', () => {
    const hostile = {
      count: 3.5,
      family: 'z',
      on: 'yes',
      model: 'x'.repeat(5000),
      __proto__: { count: 1 },
      more: 1,
    };
    assert.deepEqual(cleanSettings(FIELDS, hostile), { count: 3, family: 'a', on: false, model: '' });
    assert.deepEqual(cleanSettings(FIELDS, null), { count: 3, family: 'a', on: false, model: '' });
    assert.equal(cleanSettings(FIELDS, { count: 9 }).count, 9);
  });

  it('says what is allowed on the command line', () => {
    assert.equal(parseSetting('count', FIELDS.count as Fields[string], '4'), 4);
    assert.throws(
      () => parseSetting('count', FIELDS.count as Fields[string], ''),
      /whole number from 1 to 9/,
    );
    assert.throws(() => parseSetting('family', FIELDS.family as Fields[string], 'b'), /one of a/);
  });
});

describe('reports', () => {
  const table: Table = {
    kind: 'table',
    id: 't',
    title: 'T | x',
    columns: [{ label: 'Word' }, { label: 'Size', format: 'compact' }],
    rows: [
      ['=1+1', 124_439_808],
      [{ text: 'a "b"', href: 'https://example.org/a b' }, null],
    ],
  };

  it('are CSV that no spreadsheet computes, with numbers in full', () => {
    assert.equal(tableCsv(table), `Word,Size\r\n'=1+1,124439808\r\n"a ""b""",\r\n`);
  });

  it('are Markdown with formatted numbers and links', () => {
    const markdown = tableMarkdown(table);
    assert.match(markdown, /\| =1\+1 \| 124 M \|/);
    assert.match(markdown, /\[a "b"\]\(https:\/\/example\.org\/a%20b\) \| – \|/);
    assert.match(markdown, /### T \\\| x/);
  });

  it('have the numbers behind every figure as a table', () => {
    const report = {
      findings: [],
      parts: [
        {
          kind: 'line' as const,
          id: 'l',
          title: 'L',
          x: { label: 'x' },
          y: { label: 'y' },
          series: [
            {
              name: 's',
              points: [[1, 2]] as [number, number][],
              band: [[1, 1.5, 2.5]] as [number, number, number][],
            },
          ],
        },
        {
          kind: 'heatmap' as const,
          id: 'h',
          title: 'H',
          rows: ['r'],
          columns: ['c', 'd'],
          row: { label: 'R' },
          column: { label: 'C' },
          values: [1, null],
          value: { label: 'V' },
        },
      ],
    };
    const [line, heatmap] = reportTables(report);
    assert.deepEqual(line?.rows, [['s', 1, 2, 1.5, 2.5]]);
    assert.deepEqual(heatmap?.rows, [['r', 1, null]]);
    assert.match(reportCsv(report), /^L\r\nLine,x,y,Low,High\r\ns,1,2,1\.5,2\.5\r\n/);
  });

  it('have a tree as its nodes, each with its parent', () => {
    const tree = {
      kind: 'tree' as const,
      id: 'b',
      title: 'B',
      depth: { label: 'Step' },
      value: { label: 'Score', format: 1 },
      groups: ['best', 'dropped'],
      nodes: [
        { label: '…', parent: null, value: 0, group: 0 },
        { label: 'a', parent: 0, value: -1, group: 0 },
        { label: 'b', parent: 1, value: -2, group: 0 },
        { label: 'c', parent: 0, value: -3, group: 1 },
      ],
    };
    assert.deepEqual(figureTable(tree).rows, [
      [0, null, 0, '…', 0, 'best'],
      [1, 0, 1, 'a', -1, 'best'],
      [2, 1, 2, 'b', -2, 'best'],
      [3, 0, 1, 'c', -3, 'dropped'],
    ]);
  });

  it('write numbers as people do', () => {
    assert.equal(formatNumber(124_439_808, 'compact'), '124 M');
    assert.equal(formatNumber(999.9, 'compact'), '1.00 K');
    assert.equal(formatNumber(497_759_232, 'bytes'), '498 MB');
    assert.equal(formatNumber(0.1234, 'percent'), '12.3 %');
    assert.equal(formatNumber(-0.0001, 2), '0.00');
    assert.equal(formatNumber(Date.UTC(2017, 5, 15), 'date'), '2017-06-15');
    assert.equal(formatNumber(0.00001234), '1.234e-5');
    assert.equal(formatNumber(null), '–');
  });
});

/** The example that CONTRIBUTING.md tells newcomers to follow. */
describe('the example in CONTRIBUTING.md', () => {
  const guide = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? '';

  it('is a whole probe in fewer than 30 lines, and runs', async () => {
    assert.ok(code.trim().split('\n').length < 30);
    const stdin = { contents: code, resolveDir: path.join(root, 'src', 'probes'), loader: 'ts' as const };
    const { outputFiles } = await build({
      stdin,
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
    });
    const module = { exports: {} as { words: AnyProbe } };
    vm.runInThisContext(`(function (module) { ${outputFiles[0]?.text ?? ''} })`)(module);
    const { words } = module.exports;
    const machine = { places: { bundledDir: '', cacheDir: '' }, memoryBytes: 1 };
    const request = { segments: [{ text: 'one three', offset: 0 }], settings: { least: 4 } };
    const result = await words.run({} as Inference, request, { machine });
    assert.deepEqual(words.report(result, { least: 4 }).findings, ['The text has 1 words.']);
  });
});
