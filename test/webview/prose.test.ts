import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine } from '../../src/inference/engine';
import type { AttentionResult } from '../../src/shared/attention';
import { Workbench } from './support/panelPage';
import type { PanelPage } from './support/panelPage';
import { analyze, openRun, startEngine } from './support/realRuns';

const TEXT = 'The cat sat on the mat\nbecause it was  warm.';

describe('the text view', () => {
  let bench: Workbench;
  let engine: Engine;
  let result: AttentionResult;
  let panel: PanelPage;
  before(async () => {
    bench = await Workbench.start();
    engine = startEngine();
    result = await analyze(engine, 'pocket-bert', TEXT);
  });
  after(() => bench.stop());

  const prose = () => panel.page.locator('.prose').first();
  const tableWeights = () => panel.page.locator('.prose-view tbody tr td:last-child').allTextContents();

  test('shows the text as it was written, and special tokens where they were fed', async () => {
    panel = await openRun(bench, engine, result, { tab: 'text' });
    assert.equal(await prose().textContent(), `[CLS]${TEXT}[SEP]`);
    assert.equal(await panel.page.locator('.chips').first().isVisible(), false);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('is colored by what the chosen token reads, or by what reads it', async () => {
    panel = await openRun(bench, engine, result, { tab: 'text', layer: 1, head: 1, view: 'table' });
    const { weights, keys } = await engine.request('head', {
      runId: result.runId,
      kind: 'encoder',
      layer: 1,
      head: 1,
    });
    const { page } = panel;
    const expected = (index: (token: number) => number) =>
      result.tokens.map((_, token) => (weights[index(token)] as number).toFixed(4));
    await page.getByText('Chart', { exact: true }).click();
    await prose().locator('[data-token="3"]').click();
    await page.getByText('Table', { exact: true }).click();
    assert.deepEqual(
      await tableWeights(),
      expected((key) => 3 * keys + key),
    );
    await page.getByText('Is read by', { exact: true }).click();
    await page.getByText('Chart', { exact: true }).click();
    await prose().locator('[data-token="5"]').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Table', { exact: true }).click();
    assert.deepEqual(
      await tableWeights(),
      expected((query) => query * keys + 5),
    );
    const { query, key, reading } = await panel.savedState();
    assert.deepEqual([query, key, reading], [3, 5, 'to']);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('the editor is colored on request, follows the choice, and is let go', async () => {
    panel = await openRun(bench, engine, result, { tab: 'text', layer: 1 });
    assert.deepEqual(panel.bodies('colorEditor'), []);
    await panel.page.getByText('Color the editor too').click();
    await panel.settled();
    const first = panel.bodies('colorEditor').at(-1)?.weights ?? [];
    assert.equal(first.length, result.tokens.length);
    assert.equal(Math.max(...first) <= 1 && Math.max(...first) > 0, true);
    await prose().locator('[data-token="4"]').click();
    await panel.settled();
    assert.notDeepEqual(panel.bodies('colorEditor').at(-1)?.weights, first);
    await panel.event('toggleEditorColors', null);
    assert.equal(panel.bodies('colorEditor').at(-1), null);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  test('cross-attention colors the input from the target', async () => {
    const translated = await analyze(engine, 'pocket-t5', 'The cat sat on the mat.', 'The cat sat');
    panel = await openRun(bench, engine, translated, { tab: 'text', kind: 'cross', view: 'table' });
    assert.equal((await tableWeights()).length, translated.tokens.length);
    await panel.page.getByText('Is read by', { exact: true }).click();
    assert.equal((await tableWeights()).length, translated.target?.tokens.length);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });
});
