import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine } from '../../src/inference/engine';
import type { AttentionResult } from '../../src/shared/attention';
import { nearestLink, strongestLinks } from '../../webview/charts/links';
import { Workbench } from './support/panelPage';
import type { PanelPage } from './support/panelPage';
import { analyze, openRun, startEngine } from './support/realRuns';

describe('links', () => {
  const matrix = { queries: 2, keys: 3, weights: Float32Array.of(0.5, 0.3, 0.2, 0, 0.9, 0.1) };
  const focus = { query: null, key: null };

  test('all weights above 0, weakest first', () => {
    const links = strongestLinks([matrix], focus);
    assert.equal(links.total, 5);
    assert.deepEqual([...links.weight], [...Float32Array.of(0.1, 0.2, 0.3, 0.5, 0.9)]);
    assert.deepEqual([...links.query], [1, 0, 0, 0, 1]);
    assert.deepEqual([...links.key], [2, 2, 1, 0, 1]);
  });

  test('a focus leaves the links of its query and key', () => {
    assert.deepEqual([...strongestLinks([matrix], { query: 0, key: null }).query], [0, 0, 0]);
    const both = strongestLinks([matrix, matrix], { query: 1, key: 0 });
    assert.deepEqual([...both.head], [0, 1, 0, 1, 0, 1]);
    assert.deepEqual([...both.key], [2, 2, 0, 0, 1, 1]);
  });

  test('of too many only the strongest stay', () => {
    const weights = Float32Array.from({ length: 100_000 }, (_, i) => (i + 1) / 100_000);
    const links = strongestLinks([{ queries: 1, keys: 100_000, weights }], focus, 1000);
    assert.ok(links.count > 900 && links.count <= 1000, String(links.count));
    assert.equal(links.weight.at(-1), 1);
    assert.equal(links.least, links.weight[0]);
    assert.ok(links.least > 0.98);
    assert.equal(links.total, 100_000);
  });

  test('as many equal weights as fit are kept', () => {
    const weights = new Float32Array(50).fill(1);
    assert.equal(strongestLinks([{ queries: 5, keys: 10, weights }], focus, 20).count, 20);
  });

  test('the link under the pointer is the nearest', () => {
    const links = strongestLinks([matrix], focus);
    const at = (across: number, y: number) => {
      const link = nearestLink(links, across, y, 20, 5);
      return link < 0 ? null : [links.query[link], links.key[link]];
    };
    assert.deepEqual(at(0.5, 10), [0, 0]);
    assert.deepEqual(at(0.99, 49), [0, 2]);
    assert.deepEqual(at(0.5, 40), [1, 2]);
    assert.equal(at(0.5, 80), null);
  });
});

describe('the lines of real heads', () => {
  let bench: Workbench;
  let engine: Engine;
  let result: AttentionResult;
  let panel: PanelPage;
  before(async () => {
    bench = await Workbench.start();
    engine = startEngine();
    result = await analyze(engine, 'pocket-bert', 'The cat sat on the mat because it was warm.');
  });
  after(() => bench.stop());

  const spoken = async () => (await panel.page.locator('[aria-live]').last().textContent()) ?? '';
  const weightsOf = (head: number) =>
    engine.request('head', { runId: result.runId, kind: 'encoder', layer: 1, head });

  test('the table has the strongest links of the chosen heads', async () => {
    panel = await openRun(bench, engine, result, { tab: 'lines', layer: 1, lines: [1], view: 'table' });
    const cells = await panel.page
      .locator('.lines tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('.number')].map((cell) => cell.textContent)),
      );
    const heads = await Promise.all([0, 1].map(weightsOf));
    const expected = heads
      .flatMap(({ weights }, head) => [...weights].map((weight) => [String(head), weight] as const))
      .sort(([, a], [, b]) => b - a)
      .slice(0, 200);
    assert.deepEqual(
      cells.map(([, weight]) => weight),
      expected.map(([, weight]) => weight.toFixed(4)),
    );
    assert.deepEqual(cells[0]?.[0], expected[0]?.[0]);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('tokens are chosen with the pointer and the keyboard, and spoken', async () => {
    panel = await openRun(bench, engine, result, { tab: 'lines', layer: 1 });
    const { page } = panel;
    const lines = page.locator('.line-scroll');
    assert.match((await lines.getAttribute('aria-label')) ?? '', /layer 1, heads 0: \d+ queries left/);
    const box = (await lines.boundingBox()) as { x: number; y: number; width: number; height: number };
    const row = box.height / result.tokens.length;
    await page.mouse.click(box.x + 20, box.y + 2.5 * row);
    assert.deepEqual([(await panel.savedState()).query, (await panel.savedState()).key], [2, null]);
    assert.match(
      (await page.locator('.lines .hint').textContent()) ?? '',
      new RegExp(`^${result.tokens.length} links`),
    );
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal((await panel.savedState()).query, 3);
    assert.match(await spoken(), /^Query 3 .*Reads/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const { key, query } = await panel.savedState();
    assert.ok(query === null && typeof key === 'number');
    assert.match(await spoken(), /^Key .*Read by/);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('heads are added, taken away and swapped', async () => {
    panel = await openRun(bench, engine, result, { tab: 'lines', layer: 1 });
    const { page } = panel;
    await page.getByRole('button', { name: 'Head 2', exact: true }).click();
    await page.getByRole('button', { name: 'Head 3', exact: true }).click();
    await panel.settled();
    assert.deepEqual((await panel.savedState()).lines, [2, 3]);
    await page.getByRole('button', { name: 'Head 0', exact: true }).click();
    await panel.settled();
    const state = await panel.savedState();
    assert.deepEqual([state.head, state.lines], [2, [3]]);
    await page.getByRole('button', { name: 'All heads', exact: true }).click();
    await panel.settled();
    const pressed = page.locator('.head-chip[aria-pressed="true"]');
    assert.equal(await pressed.count(), result.model.heads);
    assert.ok((await colours()) > 50, 'all heads are drawn in their colors');
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  async function colours(): Promise<number> {
    return panel.page.locator('.line-scroll canvas').evaluate((canvas: HTMLCanvasElement) => {
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      return new Set(new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer))
        .size;
    });
  }

  test('512 tokens are drawn at once, strongest links only', async () => {
    const long = await analyze(engine, 'pocket-gpt2', 'word after word and line after line '.repeat(100));
    panel = await openRun(bench, engine, long, { tab: 'lines', layer: 1 });
    await panel.page.getByRole('button', { name: 'All heads', exact: true }).click();
    await panel.settled();
    assert.match(
      (await panel.page.locator('.lines .hint').textContent()) ?? '',
      /strongest of [\d,]{6,} links/,
    );
    await panel.page.getByRole('button', { name: 'Show all tokens' }).click();
    await panel.settled();
    assert.ok((await colours()) > 50);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });
});
