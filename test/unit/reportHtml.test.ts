import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ProbeOutcome } from '../../src/cli/probe';
import { Paints } from '../../src/cli/report/paints';
import { inBoth, mergedCells } from '../../src/cli/report/svg';
import { reportPage } from '../../src/cli/reportHtml';
import { defaultSettings } from '../../src/probes/settings';
import { PROBES } from '../../src/probes/table';
import type { Report } from '../../src/shared/report';

const axis = { label: 'L' };
const cells = Array.from({ length: 144 }, (_, i) => (i % 12) / 12);
const names = Array.from({ length: 12 }, (_, i) => `${i}`);
const many = (rows: number): Report['parts'][number] => ({
  ...{
    kind: 'table',
    id: `rows-${rows}`,
    title: `${rows} rows`,
    columns: [{ label: 'A' }, { label: 'B', format: 2 }],
  },
  rows: Array.from({ length: rows }, (_, i) => [`<${i}>`, i]),
});
const REPORT: Report = {
  findings: ['<script>alert(1)</script>'],
  actions: [{ kind: 'probe', label: 'Next', probe: 'memory' }],
  parts: [
    {
      ...{
        kind: 'heatmap',
        id: 'map',
        title: 'Map "of" cells',
        rows: names,
        columns: names,
        row: axis,
        column: axis,
      },
      ...{ value: axis, values: cells },
    },
    {
      kind: 'tokens',
      id: 'text',
      title: 'Text',
      value: axis,
      tokens: [
        { text: '<b>', value: 1 },
        { text: 'x', value: null },
      ],
    },
    {
      kind: 'line',
      id: 'line',
      title: 'Line',
      x: axis,
      y: axis,
      series: [
        {
          name: 's',
          points: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
    },
    ...[many(3), many(40), many(3000)],
  ],
};

function page(change: Partial<ProbeOutcome> = {}): string {
  const outcomes = PROBES.map((probe) => ({
    ...{ probe, settings: defaultSettings(probe.fields), text: 'One & <two>.', seconds: 1.25 },
    ...{ result: null, report: REPORT, error: null },
    ...change,
  }));
  const models = [{ id: 'm', family: null, parameters: 5e6, license: null, description: null }];
  return [
    ...reportPage(outcomes, { program: 'Transformer Probe 1', createdAt: '2026-01-02T00:00:00Z', models }),
  ].join('');
}

describe('the report of all probes', () => {
  const made = page();

  it('has no inline style, no script and nothing from outside, as its policy says', () => {
    assert.doesNotMatch(made, /<[^>]*\sstyle=/);
    assert.doesNotMatch(made, /<script|<link|<img|@import|url\((?!#)/);
    const styles = [...made.matchAll(/<style>(.*?)<\/style>/gs)];
    assert.equal(styles.length, 1);
    const hash = createHash('sha256')
      .update(styles[0]?.[1] ?? '')
      .digest('base64');
    assert.ok(made.includes(`style-src 'sha256-${hash}'`));
  });

  it('introduces itself and leads to every probe, whose texts are text', () => {
    for (const { id, title } of PROBES) {
      assert.ok(made.includes(`<a href="#${id}">${title}</a>`) && made.includes(`<h2 id="${id}">`));
    }
    assert.match(made, /Transformer Probe 1, 2026-01-02/);
    assert.ok(made.includes('<blockquote>One &amp; &lt;two&gt;.</blockquote>'));
    assert.ok(made.includes('&lt;script&gt;alert(1)'));
    assert.ok(made.includes('aria-label="Map &quot;of&quot; cells"'));
  });

  it('folds long tables, and leaves very long ones to the command line', () => {
    const sections = made.split('<section').filter((part) => / rows<\/h3>/.test(part));
    const [short = '', long = '', longest = ''] = sections;
    assert.ok(short.includes('<table>') && !short.includes('<details>'));
    assert.match(long, /<summary>As a table, 40 rows<\/summary>.*&lt;39&gt;/s);
    assert.match(longest, /6,000 numbers: <code>transformer-probe probe timeline --json/);
  });

  it('uses only colors and classes that it defines, in a light and a dark version', () => {
    const variables = new Set([...made.matchAll(/var\(--(c\d+)\)/g)].map(([, name]) => name));
    const [light = '', dark = ''] = [...made.matchAll(/:root\{([^}]*)\}/g)].map(([, body]) => body);
    assert.ok(variables.size > 12);
    for (const name of variables) {
      assert.ok(light.includes(`--${name}:`) && dark.includes(`--${name}:`), `${name} is not defined`);
    }
    const classes = new Set([...made.matchAll(/class="[^"]*\b(s\d+)"/g)].map(([, name]) => name));
    for (const name of classes) assert.ok(made.includes(`.${name} {`), `${name} is not defined`);
  });

  it('has ids that are unique, and no picture leads to another’s', () => {
    const ids = [...made.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, id = ''] of made.matchAll(/url\(#([^)]*)\)/g)) assert.ok(ids.includes(id));
  });

  it('says what failed', () => {
    assert.match(page({ report: null, error: 'It <failed>.' }), /<p class="error">It &lt;failed&gt;\.<\/p>/);
  });
});

describe('pictures in two schemes', () => {
  it('are one where they differ in colors alone, and the first where they do not', () => {
    const paints = new Paints();
    const both = inBoth('<path fill="#fff" d="M0 0"/>', '<path fill="rgb(1 2 3)" d="M0 0"/>', paints);
    assert.equal(both, '<path fill="var(--c0)" d="M0 0"/>');
    assert.match(paints.css(), /--c0:#fff.*dark.*--c0:rgb\(1 2 3\)/s);
    assert.equal(inBoth('<a fill="#fff"/>', '<b fill="#000"/>', paints), '<a fill="#fff"/>');
  });

  it('have the cells of one color in one path', () => {
    const cell = (x: number, fill: string) => `<path d="M${x} 2l4 0l0 10.5l-4 0Z" fill="${fill}"></path>\n`;
    const few = cell(1, 'red') + cell(2, 'blue');
    assert.equal(mergedCells(few), few);
    const svg = `<g>${Array.from({ length: 120 }, (_, i) => cell(i, i % 2 ? 'red' : 'blue')).join('')}<text/></g>`;
    const merged = mergedCells(svg);
    assert.equal(merged.match(/<path/g)?.length, 2);
    assert.equal(merged.match(/M\d+ 2h4v10.5h-4z/g)?.length, 120);
    assert.match(merged, /<text\/><\/g>$/);
  });

  it('let no text into the page’s style', () => {
    const paints = new Paints();
    inBoth('<t>fill="#;}*{display:none}"</t>', '<t>fill="#;}*{display:block}"</t>', paints);
    assert.doesNotMatch(paints.css(), /display/);
  });
});
