import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../../src/inference/engine';
import { analyzeAttention } from '../../src/probes/attention';
import { compareResults } from '../../src/probes/compare';
import { headMetrics } from '../../src/probes/heads';
import { shapedMatrix } from '../../src/probes/matrix';
import { PLAIN } from '../../src/shared/aggregate';
import type { AttentionResult } from '../../src/shared/attention';
import { GENERATION_DEFAULTS } from '../../src/shared/generation';
import type { Generation } from '../../src/shared/generation';
import { METRICS } from '../../src/shared/metrics';
import { Workbench } from './support/panelPage';
import type { PanelPage } from './support/panelPage';
import { analyze, engineAnswers, openRun, ROOT, startEngine } from './support/realRuns';

const TEXT = 'The animal did not cross the street because it was too tired.';

describe('views of real runs', () => {
  let bench: Workbench;
  let engine: Engine;
  let bert: AttentionResult;
  let t5: AttentionResult;
  let panel: PanelPage;
  before(async () => {
    bench = await Workbench.start();
    engine = startEngine();
    bert = await analyze(engine, 'pocket-bert', TEXT);
    t5 = await analyze(engine, 'pocket-t5', TEXT);
  });
  after(() => bench.stop());
  afterEach(async () => {
    const { faults } = panel;
    await panel.close();
    assert.deepEqual(faults, [], 'no policy violation, no error on the console');
  });

  const text = async (selector: string) => (await panel.page.locator(selector).first().textContent()) ?? '';
  const column = (selector: string, cell: string) =>
    panel.page
      .locator(`${selector} tbody tr`)
      .evaluateAll((rows, name) => rows.map((row) => row.querySelector(name)?.textContent ?? ''), cell);

  test('aggregates and shaping, with their formula', async () => {
    panel = await openRun(bench, engine, bert, { layer: 1, view: 'table' });
    const { page } = panel;
    await page.getByText('Combine and filter').click();
    await page.locator('.tools-body select').first().selectOption({ label: 'Mean of the layer’s heads' });
    await page.getByText('Hide special tokens').click();
    await page.getByText('Rows sum to 1 again').click();
    await panel.settled();
    const source = { from: 'heads', kind: 'encoder', layer: 1, reduce: 'mean' } as const;
    const shaping = { ...PLAIN, hideSpecial: true, renormalize: true };
    const expected = await shapedMatrix(engine, bert, source, shaping);
    assert.deepEqual(await page.locator('.formula li').allTextContents(), expected.formula);
    assert.equal(await text('.matrix h2'), 'Encoder self-attention, layer 1: mean of the layer’s heads');
    const shown = await page.locator('.matrix tbody td:not(.entropy)').allTextContents();
    assert.deepEqual(
      shown,
      [...expected.weights].map((weight) => weight.toFixed(4)),
    );
    assert.equal(
      await text('.tools summary .hint'),
      'mean of the layer’s heads, special tokens hidden, rows sum to 1',
    );
    await page.locator('[data-layer="2"][data-head="3"]').click();
    await panel.settled();
    assert.equal(await text('.matrix h2'), 'Encoder self-attention, layer 2, head 3');
  });

  test('words take the place of their tokens', async () => {
    panel = await openRun(bench, engine, t5, {
      kind: 'encoder',
      view: 'table',
      shaping: { ...PLAIN, grain: 'word' },
    });
    const source = { from: 'head', kind: 'encoder', layer: 0, head: 0 } as const;
    const expected = await shapedMatrix(engine, t5, source, { ...PLAIN, grain: 'word' });
    assert.ok(expected.queries.length < t5.tokens.length, 'some words have several tokens');
    const shown = await panel.page.locator('.matrix tbody td:not(.entropy)').allTextContents();
    assert.deepEqual(
      shown,
      [...expected.weights].map((weight) => weight.toFixed(4)),
    );
  });

  test('query and key: the arithmetic adds up to the weight that the matrix shows', async () => {
    const state = { tab: 'arithmetic', kind: 'encoder', layer: 1, head: 2, query: 3, key: 5 } as const;
    panel = await openRun(bench, engine, bert, state);
    await panel.page.locator('.steps li').nth(3).waitFor();
    const steps = (await panel.page.locator('.steps code').allTextContents()).map((line) =>
      Number(/= ([^=]*)$/.exec(line)?.[1]?.replace('−', '-')),
    );
    const sums = await column('.tables > :first-child', 'td:last-child');
    const [product = NaN, scaled = NaN, score = NaN, weight = NaN] = steps;
    const sum = Number(sums.at(-1)?.replace('−', '-'));
    assert.ok(Math.abs(sum - product) < 1e-4, `${sums.at(-1)} against ${product}`);
    const { weights, keys } = await engine.request('head', {
      runId: bert.runId,
      kind: 'encoder',
      layer: 1,
      head: 2,
    });
    assert.ok(Math.abs(weight - (weights[3 * keys + 5] as number)) < 1e-5);
    const row = (await column('.tables > :last-child', 'td:last-child')).map(Number);
    assert.ok(Math.abs(row.reduce((sum, part) => sum + part, 0) - 1) < 1e-4);
    assert.ok(Math.abs(scaled - score) < 1e-3 && Number.isFinite(product));
    await panel.page.locator('.arithmetic select').last().selectOption({ index: 7 });
    await panel.settled();
    assert.equal((await panel.savedState()).key, 7);
  });

  test('heads: measures, labels, sorting and heads like this one', async () => {
    panel = await openRun(bench, engine, bert, { tab: 'heads' });
    const { page } = panel;
    await page.locator('.heads-table tbody tr').first().waitFor();
    const { heads } = await headMetrics(engine, bert);
    const shown = await page
      .locator('.heads-table tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
      );
    const names = (Object.keys(METRICS) as (keyof typeof METRICS)[]).filter((name) =>
      (METRICS[name].kinds as readonly string[]).includes('encoder'),
    );
    assert.deepEqual(
      shown,
      heads.map(({ labels, raw }) => [
        labels.join(', '),
        ...names.map((name) => raw[name]?.toFixed(3) ?? '–'),
      ]),
    );
    assert.equal(await page.locator('.scatter circle').count(), heads.length);
    await page.getByRole('button', { name: 'Previous', exact: true }).click();
    const best = heads.reduce((a, b) => ((b.raw.previous ?? -1) > (a.raw.previous ?? -1) ? b : a));
    assert.equal(await text('.heads-table tbody th'), `Layer ${best.layer}, head ${best.head}`);
    await page.locator('.heads-table tbody .link').first().click();
    await panel.settled();
    const { layer, head } = await panel.savedState();
    assert.deepEqual([layer, head], [best.layer, best.head]);
    const like = await engine.request('similarHeads', {
      runId: bert.runId,
      kind: 'encoder',
      layer,
      head,
      count: 6,
    });
    await page.waitForFunction(
      (name) => document.querySelector('.similar h2')?.textContent === name,
      `Like layer ${layer}, head ${head}`,
    );
    await panel.settled();
    assert.deepEqual(
      await page.locator('.similar .link').allTextContents(),
      like.map((entry) => `Layer ${entry.layer}, head ${entry.head}`),
    );
    await page.locator('.scatter circle').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    assert.match(await text('.scatter .readout'), /^Layer \d+, head \d+/);
    await page.getByRole('button', { name: 'Run Repeated-Token Probe' }).click();
    await page.getByRole('button', { name: 'Probe: induction' }).waitFor();
  });

  test('the overview orders heads by a measure, and names them on hover', async () => {
    panel = await openRun(bench, engine, bert);
    const { page } = panel;
    await page.locator('.overview select').selectOption({ label: 'Previous' });
    const { heads } = await headMetrics(engine, bert);
    const best = heads.reduce((a, b) => ((b.raw.previous ?? -1) > (a.raw.previous ?? -1) ? b : a));
    const first = page.locator('.head').first();
    await page.waitForFunction(
      (name) => document.querySelector('.head')?.getAttribute('aria-label') === name,
      `Layer ${best.layer}, head ${best.head}`,
    );
    await first.hover();
    const facts = `Layer ${best.layer}, head ${best.head}: ${best.labels.join(', ')} · entropy ${best.raw.entropy?.toFixed(2)} nats`;
    assert.ok((await text('.overview > .hint')).startsWith(facts), await text('.overview > .hint'));
    await first.click();
    await page.keyboard.press('ArrowRight');
    const second = heads
      .filter((one) => one !== best)
      .reduce((a, b) => ((b.raw.previous ?? -1) > (a.raw.previous ?? -1) ? b : a));
    const { layer, head } = await panel.savedState();
    assert.deepEqual([layer, head], [second.layer, second.head]);
  });

  test('exports: what is on the screen goes to the host, pictures with their bytes', async () => {
    const asked: unknown[] = [];
    const record = (params: unknown) => (asked.push(params), { file: 'attention.csv' });
    const requests = { ...engineAnswers(engine, { result: bert, comparison: null }), export: record };
    panel = await openRun(bench, engine, bert, { layer: 1 }, { options: { requests } });
    const menu = panel.page.getByLabel('Export');
    await menu.selectOption({ label: 'CSV of the matrix' });
    await panel.page.waitForFunction(
      () => [...document.querySelectorAll('[aria-live]')].at(-1)?.textContent === 'Saved attention.csv',
    );
    await menu.selectOption({ label: 'PNG picture of this view' });
    while (asked.length < 2) await panel.settled();
    const picture = Buffer.from((asked[1] as { request: { bytes: Uint8Array } }).request.bytes);
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    const [wide, high] = await panel.page.evaluate(() => {
      const { height } = document.querySelector('.board')?.getBoundingClientRect() ?? { height: 0 };
      return [2 * document.documentElement.clientWidth, 2 * height];
    });
    assert.equal(picture.readUInt32BE(16), wide, 'as wide as the page, sharp');
    assert.ok(picture.readUInt32BE(20) > (high as number), 'the whole board and the text above it');
    assert.deepEqual(panel.faults, []);
    for (const [tab, part] of [
      ['Lines', '<line '],
      ['Heads', '<circle '],
    ] as const) {
      await panel.page.getByRole('tab', { name: tab }).click();
      await panel.page
        .locator(tab === 'Lines' ? '.line-scroll canvas' : '.scatter circle')
        .first()
        .waitFor();
      await panel.settled();
      const before = asked.length;
      await menu.selectOption({ label: 'SVG of this view' });
      while (asked.length === before) await panel.settled();
      const { request } = asked.at(-1) as { request: { ending: string; bytes: Uint8Array } };
      const drawing = new TextDecoder().decode(request.bytes);
      assert.equal(request.ending, 'svg');
      assert.ok(
        drawing.startsWith('<svg ') && drawing.includes(part) && drawing.includes('<text '),
        drawing.slice(0, 80),
      );
    }
    const [csv, png] = asked as { runId: string; request: Record<string, unknown> }[];
    assert.deepEqual(csv?.request.source, { from: 'head', kind: 'encoder', layer: 1, head: 0 });
    assert.deepEqual([png?.runId, png?.request.ending, png?.request.name], [bert.runId, 'png', 'matrix']);
  });

  test('encoder-decoder: three panes, the input tokens that an output token used, and the alignment', async () => {
    panel = await openRun(bench, engine, t5, { tab: 'cross', kind: 'cross', layer: 1 });
    const { page } = panel;
    await page.locator('.used tbody tr').first().waitFor();
    assert.equal(await page.locator('.encoder-decoder .panes .matrix-image').count(), 3);
    await page.locator('.used .chip').nth(3).click();
    await page.waitForFunction(() => document.querySelector('.used h2')?.textContent?.includes('row 3'));
    await panel.settled();
    const source = { from: 'layers', kind: 'cross', reduce: 'mean' } as const;
    const mean = await shapedMatrix(engine, t5, source, PLAIN);
    const row = [...mean.weights.subarray(3 * mean.keys.length, 4 * mean.keys.length)];
    const means = (await column('.used', 'td:nth-of-type(2)')).map(Number);
    [...row]
      .sort((a, b) => b - a)
      .forEach((weight, index) => {
        assert.ok(Math.abs(weight - (means[index] as number)) < 1e-4, `${weight} against ${means[index]}`);
      });
    const strongest = row.indexOf(Math.max(...row));
    const aligned = await column('.alignment', 'td');
    assert.ok(aligned[3]?.startsWith(`${strongest} `), aligned[3]);
    await page.locator('.used .chip').nth(3).press('ArrowRight');
    assert.equal((await panel.savedState()).query, 4);
  });

  for (const name of ['bart-12-6', 't5-6-12', 'bart-eager']) {
    test(`all layers of an encoder-decoder of any depth can be chosen: ${name}`, async () => {
      const model = join(ROOT, 'test/fixtures/models', name);
      const ids = { ids: [5, 6, 7, 8], targetIds: [2, 9, 10] };
      const result = await analyzeAttention(engine, { model, ...ids });
      panel = await openRun(bench, engine, result, { tab: 'cross', kind: 'cross', layer: 11 });
      await panel.page.locator('.used tbody tr').first().waitFor();
      const titles = await panel.page.locator('.encoder-decoder .pane h3').allTextContents();
      const { layers, decoderLayers = 0 } = result.model;
      assert.deepEqual(
        titles.map((title) => /of 0 to (\d+)/.exec(title)?.[1]),
        [layers - 1, decoderLayers - 1, decoderLayers - 1].map(String),
      );
      const strip = await panel.page.locator('.strip canvas').getAttribute('aria-label');
      assert.match(
        strip ?? '',
        new RegExp(`^Cross-attention of ${decoderLayers * result.model.heads} heads`),
      );
    });
  }

  for (const [name, kinds] of [
    ['bert-eager', ['encoder']],
    ['t5-6-12', ['encoder', 'decoder', 'cross']],
    ['bart-eager', ['encoder', 'decoder', 'cross']],
  ] as const) {
    test(`only causal heads leave out what comes later, in pictures and words: ${name}`, async () => {
      const model = join(ROOT, 'test/fixtures/models', name);
      const result = await analyzeAttention(engine, {
        model,
        ids: [5, 6, 7, 8, 9],
        ...(kinds.length > 1 && { targetIds: [2, 9, 10, 11, 12] }),
      });
      panel = await openRun(bench, engine, result);
      for (const kind of kinds) {
        await panel.event('select', { kind });
        const heads = result.layers.filter((layer) => layer.kind === kind);
        const isCausal = kind === 'decoder';
        const expected = Array<number>(heads.length * result.model.heads).fill(isCausal ? 0 : 255);
        // What was shown of the kind before stays until this one's is there; the legend waits for another answer than the pictures.
        const page = panel.page;
        assert.deepEqual(
          await eventually(() => page.evaluate(farCorners), expected),
          expected,
          `${kind}: opacity of the last key of query 0, in every head's picture`,
        );
        const saysBlank = async () => /Blank/.test(await text('.legend .hint'));
        assert.equal(await eventually(saysBlank, isCausal), isCausal, `${kind}: the legend`);
      }
    });
  }

  test('heads that share keys and values are shown one by one', async () => {
    const model = join(ROOT, 'test/fixtures/models/llama-eager');
    const result = await analyzeAttention(engine, { model, ids: [1, 9, 33, 7, 9] });
    panel = await openRun(bench, engine, result, { layer: 1, view: 'table' });
    assert.equal(
      await panel.page.locator('.head').count(),
      2 * 4,
      'two layers of four query heads, two of keys',
    );
    const tables: string[][] = [];
    for (let head = 0; head < 4; head++) {
      await panel.event('select', { layer: 1, head });
      const { weights } = await engine.request('head', {
        runId: result.runId,
        kind: 'decoder',
        layer: 1,
        head,
      });
      const cells = await panel.page.locator('.matrix tbody td:not(.entropy)').allTextContents();
      assert.deepEqual(
        cells,
        [...weights].map((weight) => weight.toFixed(4)),
      );
      tables.push(cells);
    }
    assert.equal(new Set(tables.map((cells) => cells.join())).size, 4, 'no two are the same');
  });

  test('compare: linked panes, the difference, and the plain word where there is none', async () => {
    const other = await analyze(engine, 'pocket-bert', TEXT.replace('tired', 'wide'));
    const comparison = await compareResults(engine, bert, other);
    panel = await openRun(bench, engine, bert, { tab: 'compare', layer: 1 }, { snapshot: { comparison } });
    const { page } = panel;
    await page.locator('.compare tbody tr').first().waitFor();
    await panel.settled();
    assert.equal(await page.locator('.compare .pane:visible').count(), 3);
    const widths = await page
      .locator('.compare canvas')
      .evaluateAll((all) => all.map((one) => one.clientWidth));
    assert.ok(
      widths.every((width) => width === widths[0] && width > 100),
      widths.join(),
    );
    const distances = await column('[aria-label="Heads by how much they differ"]', 'td');
    const most = Math.max(...comparison.heads.map(({ distance }) => distance));
    assert.equal(distances[0], most.toFixed(4));
    const cells = await page
      .locator('[aria-label="Cells by how much they differ"] tbody tr')
      .evaluateAll((all) =>
        all.map((row) => [...row.querySelectorAll('.number')].map((td) => td.textContent)),
      );
    assert.equal(cells.length, Math.min(200, bert.tokens.length ** 2));
    for (const [here, there, difference] of cells) {
      const wanted = Number(there) - Number(here);
      const told = Number(difference?.replace('−', '-'));
      assert.ok(Math.abs(told - wanted) < 1.5e-4, `${there} − ${here} is not ${difference}`);
    }
    const sizes = cells.map(([, , difference]) => Number(difference?.slice(1)));
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => b - a),
      'the largest difference first',
    );
    const shorter = await analyze(engine, 'pocket-bert', 'The animal.');
    const unlike = await compareResults(engine, bert, shorter);
    await panel.send({ comparison: unlike });
    await page.waitForFunction(() => document.querySelectorAll('.compare .pane:not([hidden])').length === 2);
    assert.equal(await text('.compare .notice-line'), unlike.kinds[0]?.reason);
    await page.getByRole('button', { name: 'Stop Comparing' }).click();
    assert.deepEqual(panel.bodies('stopComparing'), [null]);
    await panel.send({ comparison: null });
    await page.getByRole('button', { name: 'Choose Result to Compare…' }).click();
    assert.deepEqual(panel.bodies('compare'), [null]);
  });

  test('generation: settings are sent, and its steps can be walked through', async () => {
    const target = t5.target?.tokens ?? [];
    const candidate = (id: number, word: string, probability: number) => ({
      id,
      text: word,
      probability,
      logProbability: Math.log(probability),
      filtered: probability,
    });
    const generation: Generation = {
      options: { ...GENERATION_DEFAULTS, method: 'sample', seed: 7 },
      first: 1,
      steps: target.slice(1).map((token, index) => ({
        query: index,
        position: index + 1,
        chosen: candidate(token.id, token.text, 0.75),
        rank: index === 1 ? 1 : 0,
        candidates: [candidate(token.id, token.text, 0.75), candidate(1, 'other', 0.125)],
        entropy: 0.5,
        kept: 50,
      })),
      stopped: 'end',
      hypotheses: [],
    };
    panel = await openRun(bench, engine, { ...t5, generation }, { tab: 'generation', kind: 'decoder' });
    const { page } = panel;
    assert.equal(await page.locator('.generation .chip').count(), target.length - 1);
    assert.equal(await page.getByLabel('Seed').inputValue(), '7');
    await page.locator('.generation .chip').first().click();
    await page.keyboard.press('ArrowRight');
    assert.equal((await panel.savedState()).query, 1);
    assert.match(await text('.generation h2'), /^Token 2 of/);
    assert.match(await text('.candidates caption'), /1 tokens were more likely.*50 tokens passed/);
    assert.deepEqual(await column('.candidates', 'td.number'), ['0.7500', '0.1250']);
    await page.locator('.generation select').selectOption({ label: 'Beam search' });
    await page.getByLabel('Beams').fill('99');
    await page.getByLabel('New tokens').fill('12');
    await page.getByRole('button', { name: 'Generate' }).click();
    const sent = panel.bodies('generate').at(-1);
    assert.deepEqual([sent?.method, sent?.beams, sent?.maxNewTokens, sent?.seed], ['beam', 16, 12, 7]);
  });
});

/** What `read` gives once it is what is expected; after five seconds, whatever it gives. */
async function eventually<T>(read: () => Promise<T>, expected: T): Promise<T> {
  let found = await read();
  for (let i = 0; i < 100 && !isDeepStrictEqual(found, expected); i++) {
    await setTimeout(50);
    found = await read();
  }
  return found;
}

/** Runs in the page: opacity of every thumbnail in its corner of the first query and the last key. */
function farCorners(): number[] {
  const canvas = document.querySelector('.overview-board canvas') as HTMLCanvasElement;
  const rows = [...document.querySelectorAll('.head-row')].filter((row) => row.querySelector('.head'));
  const size = canvas.height / rows.length;
  const pixels = canvas.getContext('2d') as CanvasRenderingContext2D;
  return rows.flatMap((row, y) =>
    [...row.querySelectorAll('.head')].map(
      (_, x) => pixels.getImageData((x + 1) * size - 4, y * size + 4, 1, 1).data[3] as number,
    ),
  );
}
