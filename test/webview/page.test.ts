import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser';
import { reportPage } from '../../src/cli/reportHtml';
import type { Engine } from '../../src/inference/engine';
import { pageOf } from '../../src/probes/page';
import type { AnyProbe } from '../../src/probes/probe';
import { findProbe } from '../../src/probes/table';
import { shapedMatrix } from '../../src/probes/matrix';
import { PLAIN } from '../../src/shared/aggregate';
import type { AttentionResult } from '../../src/shared/attention';
import type { Inference } from '../../src/shared/inference';
import { dequantize, quantize } from '../../src/shared/page';
import type { PageAssets } from '../../src/shared/page';
import type { PanelState } from '../../src/shared/protocol';
import type { Report } from '../../src/shared/report';
import { analyze, ROOT, startEngine } from './support/realRuns';
import { makeSample } from './support/samples';

const OUT = join(ROOT, '.test-output/page');
const TEXT = 'The animal did not cross </script><b>the</b> street because it was too tired.';

test('weights survive their bytes: rows sum to 1 and are off by less than 1/255', () => {
  const { weights } = makeSample({ text: 'a b c d e f g h i j' });
  const before = weights({ kind: 'encoder', layer: 1, head: 1 });
  const keys = Math.sqrt(before.length);
  const back = dequantize(quantize(before), keys);
  back.forEach((weight, i) => assert.ok(Math.abs(weight - (before[i] as number)) < 1 / 255));
  for (let row = 0; row < keys; row++) {
    const sum = back.subarray(row * keys, (row + 1) * keys).reduce((total, weight) => total + weight, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5);
  }
});

describe('a self-contained page', () => {
  let browser: Browser;
  let engine: Engine;
  let assets: PageAssets;
  let bert: AttentionResult;
  before(async () => {
    browser = await launchBrowser();
    engine = startEngine();
    bert = await analyze(engine, 'pocket-bert', TEXT);
    assets = await minifiedPanel();
    await mkdir(OUT, { recursive: true });
  });
  after(() => browser.close());

  async function open(html: string, faults: string[]): Promise<Page> {
    const file = join(OUT, 'page.html');
    await writeFile(file, html);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.context().setOffline(true);
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => request.url().startsWith('file:') || faults.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  test('opens from disk with the network off, and keeps its views', async () => {
    const faults: string[] = [];
    const state: PanelState = { ...stateOf(bert), layer: 2, head: 3, query: 4 };
    const page = await open(await pageOf(engine, bert, state, assets), faults);
    await page.locator('.matrix[aria-busy="false"] .chart canvas:first-of-type').waitFor();
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 2, head 3');
    assert.equal(await page.locator('.head').count(), bert.model.layers * bert.model.heads);
    assert.deepEqual(await page.locator('.tab').allTextContents(), ['Matrix', 'Lines', 'Text', 'Heads']);
    assert.equal(await page.locator('.edit').isVisible(), false);
    await page.getByText('Combine and filter').click();
    await page.locator('.tools-body select').first().selectOption({ label: 'Rollout through the layers' });
    await page.getByText('Table', { exact: true }).click();
    const rollout = await shapedMatrix(engine, bert, { from: 'rollout', kind: 'encoder' }, PLAIN);
    await page.waitForFunction(() => document.querySelector('.matrix h2')?.textContent?.includes('rollout'));
    await page.locator('.matrix[aria-busy="false"]').waitFor();
    const shown = await page.locator('.matrix tbody td:not(.entropy)').allTextContents();
    shown.forEach((text, i) => assert.ok(Math.abs(Number(text) - (rollout.weights[i] as number)) < 0.01));
    await page.getByRole('tab', { name: 'Lines' }).click();
    await page.locator('.lines tbody tr').first().waitFor();
    await page.getByRole('tab', { name: 'Text' }).click();
    assert.match((await page.locator('.prose-view tbody').textContent()) ?? '', /script/);
    await page.getByRole('tab', { name: 'Heads' }).click();
    await page.locator('.heads-table tbody tr').first().waitFor();
    assert.deepEqual(faults, []);
    await page.close();
  });

  test('144 heads at 128 tokens make less than 5 MB', async () => {
    const sample = makeSample({ text: Array(126).fill('word').join(' '), layers: 12, heads: 12 });
    assert.equal(sample.result.tokens.length, 128);
    const answers = {
      request: (_: string, params: never) => sample.requests.head(params, new AbortController().signal),
    };
    const html = await pageOf(answers as unknown as Inference, sample.result, stateOf(sample.result), assets);
    assert.ok(Buffer.byteLength(html) < 5e6, `${Buffer.byteLength(html)} bytes`);
    const faults: string[] = [];
    const page = await open(html, faults);
    await page.locator('.matrix[aria-busy="false"] .chart canvas:first-of-type').waitFor();
    assert.equal(await page.locator('.head').count(), 144);
    assert.deepEqual(faults, []);
    await page.close();
  });

  test('runs its own code only, and holds no inline styles', async () => {
    const faults: string[] = [];
    const html = await pageOf(engine, bert, stateOf(bert), assets);
    assert.doesNotMatch(html, /unsafe-inline/);
    const page = await open(
      html.replace('</body>', '<script>document.title = "taken"</script></body>'),
      faults,
    );
    await page.locator('.matrix[aria-busy="false"] .chart canvas:first-of-type').waitFor();
    assert.equal(await page.title(), 'Attention: pocket-bert');
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', /inline script.*Content Security Policy/);
    await page.close();
  });

  test('the report of probes has its styles, by a policy that names their hash', async () => {
    const faults: string[] = [];
    const html = [...reportPage([{ ...OUTCOME, report: REPORT }], FACTS)].join('');
    assert.doesNotMatch(html, /unsafe-inline| style="/);
    const page = await open(html, faults);
    const styleOf = (selector: string, property: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    assert.equal(await styleOf('svg text', 'font-size'), '11px');
    assert.match(await styleOf('.token[title]', 'background-color'), /^rgb\(/);
    assert.equal(await page.locator('svg').count(), 2);
    assert.deepEqual(await page.locator('.token').allTextContents(), ['The', '<i>', 'end']);
    assert.deepEqual(faults, []);
    await page.close();
  });
});

const OUTCOME = {
  probe: findProbe('positions') as AnyProbe,
  ...{ settings: {}, text: null, seconds: 1, result: null, error: null },
};
const FACTS = { program: 'Transformer Probe', createdAt: '2026-01-02T00:00:00Z', models: [] };

const REPORT: Report = {
  findings: ['One <b>finding</b>.'],
  parts: [
    {
      ...{ kind: 'bar', id: 'bar', title: 'Bars', categories: ['a', '"><style>b'] },
      ...{ category: { label: 'C' }, value: { label: 'V' } },
      series: [{ name: 'one', values: [1, 2] }],
    },
    {
      ...{ kind: 'heatmap', id: 'cells', title: 'Cells', rows: ['r'], columns: ['c', 'd'] },
      ...{ row: { label: 'R' }, column: { label: 'C' }, value: { label: 'V' }, values: [0, 1] },
    },
    {
      ...{ kind: 'tokens', id: 'tokens', title: 'Words', value: { label: 'V' } },
      tokens: [
        { text: 'The', value: 1 },
        { text: '<i>', value: 3 },
        { text: 'end', value: null },
      ],
    },
  ],
};

function stateOf({ runId }: AttentionResult): PanelState {
  return { version: 1, runId, kind: 'encoder', layer: 0, head: 0, query: null, view: 'matrix' };
}

/** The bundle as it is shipped. */
async function minifiedPanel(): Promise<PageAssets> {
  const outdir = join(OUT, 'dist');
  await build({
    bundle: true,
    minify: true,
    entryPoints: { attention: join(ROOT, 'webview/panels/attention/main.ts') },
    outdir,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  const [script, style] = await Promise.all(
    ['attention.js', 'attention.css'].map((name) => readFile(join(outdir, name), 'utf8')),
  );
  return { script: script as string, style: style as string };
}
