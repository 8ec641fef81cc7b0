import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { prediction } from '../../src/probes/prediction';
import type { AnyProbe } from '../../src/probes/probe';
import { defaultSettings } from '../../src/probes/settings';
import { PROBES } from '../../src/probes/table';
import { tasks } from '../../src/probes/tasks';
import type { Settings } from '../../src/shared/probe';
import type { Report } from '../../src/shared/report';
import { looksRight } from './support/looks';
import { ProbeBench, snapshotOf } from './support/probePage';
import { THEMES, type ThemeName } from './support/standIn';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(ROOT, 'test/fixtures');
const TWO_SENTENCES = 'The doctor opened the door. She went into the garden.';
const WIDTHS = [1400, 700, 360] as const;

/** One of each figure, and text that would be markup if it were read as such. */
const EVERYTHING: Report = {
  findings: ['<b>One</b> finding.'],
  parts: [
    {
      kind: 'bar',
      id: 'bar',
      title: 'Bars',
      categories: ['a', '{b|x}'],
      category: { label: 'C' },
      value: { label: 'V' },
      series: [
        { name: 'one', values: [1, null] },
        { name: 'two', values: [2, 3] },
      ],
    },
    {
      kind: 'line',
      id: 'line',
      title: 'Lines',
      x: { label: 'Epoch' },
      y: { label: 'Loss' },
      series: [
        {
          name: 'mean',
          points: [
            [0, 1],
            [1, 0.5],
          ],
          band: [
            [0, 0.8, 1.2],
            [1, 0.4, 0.6],
          ],
        },
        {
          name: 'other',
          points: [
            [0, 1],
            [1, 0.9],
          ],
        },
      ],
      marks: [{ axis: 'x', at: 0.5, label: 'now' }],
    },
    {
      kind: 'heatmap',
      id: 'heatmap',
      title: 'Cells',
      rows: ['r0', 'r1'],
      columns: ['c0', 'c1'],
      row: { label: 'R' },
      column: { label: 'C' },
      value: { label: 'V' },
      values: [-1, 0, null, 2],
    },
    {
      kind: 'tree',
      id: 'tree',
      title: 'Branches',
      depth: { label: 'Step' },
      value: { label: 'Score', format: 1 },
      groups: ['best', 'dropped'],
      nodes: [
        { label: '…', parent: null, value: 0, group: 0 },
        { label: '{b|x}', parent: 0, value: -1, group: 0 },
        { label: ' end', parent: 1, value: -1.5, group: 0 },
        { label: '<i>', parent: 0, value: -2, group: 1 },
      ],
    },
    {
      kind: 'tokens',
      id: 'tokens',
      title: 'Words',
      value: { label: 'Surprisal', format: 2 },
      tokens: [
        { text: 'The', value: 1, span: { segment: 0, start: 0, end: 3 } },
        { text: ' <i>', value: 3 },
        { text: ' end', value: null },
      ],
    },
    {
      kind: 'table',
      id: 'table',
      title: 'Rows',
      columns: [{ label: 'Name' }, { label: 'Size', format: 'count' }],
      rows: [
        ['b', 10],
        [{ text: 'a', href: 'https://example.org/' }, 1000],
        ['c', null],
        [{ text: 'd', action: { kind: 'probe', label: 'Memory', probe: 'memory' } }, null],
      ],
    },
    {
      kind: 'diagram',
      id: 'diagram',
      title: 'Boxes',
      total: 100,
      unfolded: ['block'],
      diagram: {
        nodes: [
          { ...{ id: 'embeddings', label: '<b>Table</b>', kind: 'embeddings', parameters: 60 }, tensors: [] },
          {
            ...{ id: 'block', label: 'Block', kind: 'block', parameters: 40, count: 2, layers: [0, 1] },
            tensors: [],
            children: {
              nodes: [
                { ...{ id: 'in', label: '', kind: 'input', parameters: 0 }, tensors: [] },
                { ...{ id: 'ff', label: 'Feed-forward', kind: 'feed-forward', parameters: 40 }, tensors: [] },
                { ...{ id: 'add', label: '+', kind: 'add', parameters: 0 }, tensors: [] },
              ],
              edges: [
                { from: 'in', to: 'ff', kind: 'data' },
                { from: 'ff', to: 'add', kind: 'data' },
                { from: 'in', to: 'add', kind: 'residual' },
              ],
            },
          },
          { ...{ id: 'head', label: 'Head', kind: 'head', parameters: 0 }, tensors: [] },
        ],
        edges: [
          { from: 'embeddings', to: 'block', kind: 'data' },
          { from: 'block', to: 'head', kind: 'data' },
          { from: 'embeddings', to: 'head', kind: 'tied' },
        ],
      },
      boxes: {
        ff: {
          text: 'It widens.',
          actions: [
            { kind: 'anatomy', label: 'Anatomy', model: 'm', component: 'ff' },
            { kind: 'part', label: 'Lines', part: 'line' },
          ],
        },
      },
    },
  ],
  actions: [{ kind: 'probe', label: 'Go On', probe: 'memory', settings: { model: 'gpt2' } }],
};

const SAMPLE: AnyProbe = {
  id: 'sample',
  title: 'Sample',
  topic: 'Field',
  ...{
    summary: 'S.',
    shows: 'This.',
    look: 'That.',
    limits: 'Those.',
    links: [],
    input: 'text',
    sample: 'The end',
    reads: { field: 'kind', is: ['plain'] },
  },
  fields: {
    count: { kind: 'number', label: 'Count', default: 3, min: 1, max: 100, integer: true, slider: 'linear' },
    word: { kind: 'text', label: 'Word', default: 'cat' },
    model: { kind: 'model', label: 'Model', default: '', families: ['encoder-only'] },
    kind: {
      kind: 'choice',
      label: 'Kind',
      default: 'plain',
      options: [
        { value: 'plain', label: 'Plain' },
        { value: 'loud', label: 'Loud' },
      ],
    },
    volume: {
      kind: 'number',
      label: 'Volume',
      default: 5,
      min: 1,
      max: 9,
      slider: 'linear',
      when: { field: 'kind', is: ['loud'] },
    },
  },
  run: async () => null,
  report: () => EVERYTHING,
};

describe('the frame of probes', () => {
  let bench: ProbeBench;
  before(async () => (bench = await ProbeBench.start()));
  after(() => bench.stop());

  test('shows every figure with its numbers beside it, and text as text', async () => {
    const panel = await bench.show(snapshotOf(SAMPLE, null, defaultSettings(SAMPLE.fields)));
    const { page } = panel;
    assert.equal(await page.locator('.findings li').innerText(), '<b>One</b> finding.');
    assert.equal(await page.locator('.figure canvas').count(), 4);
    for (const title of ['Bars', 'Lines', 'Cells', 'Branches', 'Words', 'Boxes']) {
      const part = page.locator('.part', { has: page.getByRole('heading', { name: title, exact: true }) });
      await part.getByText('Table', { exact: true }).click();
      assert.ok((await part.locator('tbody tr').count()) >= 2, title);
    }
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('works by keyboard: points of a chart, tokens, sorting', async () => {
    const panel = await bench.show(snapshotOf(SAMPLE, null, defaultSettings(SAMPLE.fields)));
    const { page } = panel;
    const said = page.locator('[role="status"].visually-hidden');
    await page.locator('.figure').nth(1).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.equal(await said.innerText(), 'mean, Epoch: 1, Loss: 0.5000 (0.4000 to 0.6000)');
    await page.keyboard.press('ArrowDown');
    assert.equal(await said.innerText(), 'other, Epoch: 1, Loss: 0.9000');
    const tree = page.locator('.part', { has: page.getByRole('heading', { name: 'Branches' }) });
    await tree.locator('.figure').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    assert.equal(await said.innerText(), '…{\u2060b|x}␣end, Step: 2, Score: -1.5, best');
    await page.locator('.chip').first().focus();
    assert.deepEqual(await panel.next('hover'), { segment: 0, start: 0, end: 3 });
    await page.keyboard.press('Enter');
    assert.deepEqual(await panel.next('reveal'), { segment: 0, start: 0, end: 3 });
    const rows = page.locator('.part', { has: page.getByRole('heading', { name: 'Rows' }) });
    await rows.getByRole('button', { name: 'Size' }).click();
    assert.deepEqual(await rows.locator('tbody th').allInnerTexts(), ['a', 'b', 'c', 'd']);
    await rows.getByRole('button', { name: 'Name' }).press('Enter');
    assert.deepEqual(await rows.locator('tbody th').allInnerTexts(), ['a', 'b', 'c', 'd']);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('offers what to do next: buttons, cells, boxes', async () => {
    const panel = await bench.show(snapshotOf(SAMPLE, null, defaultSettings(SAMPLE.fields)));
    const { page } = panel;
    const acted = async (count: number) => {
      while (panel.bodies('act').length < count) await panel.settled();
      return panel.bodies('act')[count - 1];
    };
    await page.getByRole('button', { name: 'Go On' }).click();
    const next = { kind: 'probe', label: 'Go On', probe: 'memory', settings: { model: 'gpt2' } };
    assert.deepEqual(await acted(1), next);
    await page.getByRole('button', { name: 'd', exact: true }).click();
    assert.deepEqual(await acted(2), { kind: 'probe', label: 'Memory', probe: 'memory' });
    const boxes = page.locator('.part', { has: page.getByRole('heading', { name: 'Boxes', exact: true }) });
    assert.deepEqual(await boxes.locator('.box .name').allTextContents(), [
      ...['<b>Table</b>', 'Block × 2', 'Feed-forward', 'Head'],
    ]);
    assert.equal(await boxes.locator('.route').count(), 6);
    await boxes.locator('[data-id="embeddings"]').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    assert.match(
      await boxes.locator('.details').innerText(),
      /Feed-forward\s+40 parameters \(40\.0%\)\s+It widens\./,
    );
    await page.keyboard.press('Enter');
    assert.deepEqual(await acted(3), { kind: 'anatomy', label: 'Anatomy', model: 'm', component: 'ff' });
    await boxes.getByRole('button', { name: 'Lines' }).click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'part-line');
    await boxes.locator('[data-id="ff"]').focus();
    await page.keyboard.press('Escape');
    assert.equal(await boxes.locator('[data-id="ff"]').count(), 0);
    await page.keyboard.press('Enter');
    assert.equal(await boxes.locator('[data-id="ff"]').count(), 1);
    await boxes.getByRole('button', { name: 'Save SVG…' }).click();
    const { data } = await panel.next('picture');
    assert.match(data, /^<svg[^]*Feed-forward[^]*<\/svg>$/);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('sends settings, an edited text, exports and pictures', async () => {
    const panel = await bench.show(snapshotOf(SAMPLE, null, defaultSettings(SAMPLE.fields)));
    const { page } = panel;
    await page.getByLabel('Count').first().fill('500');
    await page.getByLabel('Word', { exact: true }).fill('dog');
    await page.getByRole('textbox', { name: 'Text' }).fill('Another end');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const run = await panel.next('run');
    assert.deepEqual(run, {
      settings: { count: 100, word: 'dog', model: '', kind: 'plain', volume: 5 },
      text: 'Another end',
    });
    await page.getByRole('button', { name: 'Copy Markdown' }).click();
    assert.deepEqual(await panel.next('export'), { format: 'markdown', to: 'clipboard' });
    await page.getByRole('button', { name: 'Save SVG…' }).first().click();
    const svg = await panel.next('picture');
    assert.match(svg.data, /^<svg[^]*<\/svg>$/);
    await page.getByRole('button', { name: 'Save PNG…' }).first().click();
    while (panel.bodies('picture').length < 2) await panel.settled();
    const png = panel.bodies('picture')[1]?.data ?? '';
    assert.equal(Buffer.from(png, 'base64').subarray(1, 4).toString(), 'PNG');
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('shows a field only where it changes something', async () => {
    const panel = await bench.show(snapshotOf(SAMPLE, null, defaultSettings(SAMPLE.fields)));
    const volume = panel.page.getByRole('spinbutton', { name: 'Volume' });
    assert.equal(await volume.isVisible(), false);
    const unread = panel.page.getByText('With these settings the text is not read.');
    assert.equal(await unread.isVisible(), false);
    await panel.page.getByLabel('Kind').selectOption('loud');
    await unread.waitFor();
    await volume.fill('7');
    await volume.press('Enter');
    await panel.page.getByRole('button', { name: 'Run', exact: true }).click();
    assert.equal((await panel.next('run')).settings.volume, 7);
    await panel.page.getByLabel('Kind').selectOption('plain');
    await volume.waitFor({ state: 'hidden' });
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('shows progress, cancels, and keeps the result beside an error', async () => {
    const panel = await bench.show(bench.fresh(SAMPLE));
    const { page } = panel;
    await panel.send({ busy: { message: 'Training…', fraction: 0.25 } });
    assert.equal(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value), 0.25);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await panel.next('cancel');
    const done = snapshotOf(SAMPLE, null, defaultSettings(SAMPLE.fields));
    await panel.send({ ...done, busy: null, error: { code: 'model', message: 'It broke.' }, stale: true });
    assert.equal(await page.getByRole('alert').innerText(), 'It broke.\n\nRun Again');
    assert.equal(await page.locator('.notice.warning').count(), 1);
    assert.ok(await page.locator('.findings').isVisible());
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });
});

/** Probes that say more of a model with a head of its own: fixtures, what they are told, and what the panel says then. */
const WITH_HEADS: { name: string; probe: AnyProbe; settings: Settings; parts: string[]; says: RegExp }[] = [
  {
    name: 'next-sentence',
    probe: prediction,
    settings: { pairs: join(FIXTURES, 'probes/pretraining') },
    parts: ['next-sentence'],
    says: /sentences that follow each other in the text get [\d.]+ % for it on average, turned round [\d.]+ %/,
  },
  ...[
    { name: 'stars', parts: ['labels', 'head'], says: /stars?”/ },
    { name: 'entities', parts: ['entities'], says: /entit/i },
    { name: 'answers', parts: ['spans', 'start-end'], says: /answer/i },
    { name: 'sentences', parts: ['similarity'], says: /alike/i },
  ].map((one) => ({ ...one, probe: tasks, settings: { model: join(FIXTURES, 'tasks', one.name) } })),
];

/** Settings with which long probes are short. */
const QUICK: Record<string, Settings> = { transfer: { epochs: 2, seeds: 2 } };

const BUNDLED = {
  'encoder-only': 'pocket-bert',
  'decoder-only': 'pocket-gpt2',
  'encoder-decoder': 'pocket-t5',
};

/** The defaults, with a bundled model of the family for every empty model field. */
function withModels({ fields }: AnyProbe): Settings {
  const settings = defaultSettings(fields);
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind === 'model' && settings[name] === '')
      settings[name] = BUNDLED[field.usual ?? field.families?.[0] ?? 'encoder-only'];
  }
  return settings;
}

/** One theme is enough for layout that the other panels check in all; pictures are made of each. */
const themesOf = (i: number): readonly ThemeName[] =>
  process.env.NO_PICTURES ? THEMES.slice(i % THEMES.length, (i % THEMES.length) + 1) : THEMES;

describe('every probe in its panel', () => {
  let bench: ProbeBench;
  let engine: Engine;
  const places = { bundledDir: join(ROOT, 'models'), cacheDir: join(ROOT, '.test-output', 'no-cache') };
  before(async () => {
    bench = await ProbeBench.start();
    engine = new Engine({ bundledDir: places.bundledDir, memoryBudgetBytes: 2 ** 28, log: () => undefined });
  });
  after(async () => {
    await bench.stop();
    await engine.close();
  });

  for (const [i, { name, probe, settings: own, parts, says }] of WITH_HEADS.entries()) {
    test(`${probe.id} of a model with a head: ${name}`, async () => {
      const settings = { ...withModels(probe), ...own };
      const segments = [{ text: name === 'next-sentence' ? TWO_SENTENCES : (probe.sample ?? ''), offset: 0 }];
      const data = await probe.run(
        engine,
        { segments, settings },
        { machine: { places, memoryBytes: 16e9 } },
      );
      const panel = await bench.show(snapshotOf(probe, data, settings));
      assert.match(await panel.page.locator('.findings').innerText(), says);
      for (const part of parts) assert.ok(await panel.page.locator(`#part-${part}`).isVisible(), part);
      await looksRight(panel, `probe-${probe.id}_${name}`, [1400, 360], themesOf(i));
      assert.deepEqual(panel.faults, []);
      await panel.close();
    });
  }

  for (const probe of [SAMPLE, ...PROBES]) {
    test(probe.id, async () => {
      const settings = { ...withModels(probe), ...QUICK[probe.id] };
      const segments = probe.sample === undefined ? [] : [{ text: probe.sample, offset: 0 }];
      const data = await probe.run(
        engine,
        { segments, settings },
        { machine: { places, memoryBytes: 16e9 } },
      );
      const panel = await bench.show(snapshotOf(probe, data, settings));
      await looksRight(panel, `probe-${probe.id}`, WIDTHS);
      assert.deepEqual(panel.faults, []);
      await panel.close();
    });
  }
});
