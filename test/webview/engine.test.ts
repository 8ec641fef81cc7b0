import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { analyzeAttention } from '../../src/probes/attention';
import type { AttentionKind, AttentionResult } from '../../src/shared/attention';
import { Workbench } from './support/panelPage';
import type { Answers, PanelPage } from './support/panelPage';

const ROOT = join(import.meta.dirname, '../..');
const QUIET = { busy: null, error: null, stale: false, linked: true };

/** The whole way but for VS Code: a real model's run, in the panel. */
describe('real runs in the panel', () => {
  let bench: Workbench;
  let engine: Engine;
  before(async () => {
    bench = await Workbench.start();
    engine = new Engine({
      bundledDir: join(ROOT, 'models'),
      memoryBudgetBytes: 2 ** 28,
      log: () => undefined,
    });
  });
  after(() => bench.stop());

  async function open(result: AttentionResult): Promise<PanelPage> {
    const requests: Answers = {
      overview: (params, signal) => engine.request('overview', params, signal),
      head: (params, signal) => engine.request('head', params, signal),
    };
    const panel = await bench.open({ snapshot: { ...QUIET, result }, requests });
    await panel.settled();
    await panel.page.getByText('Table', { exact: true }).click();
    return panel;
  }

  async function assertShown(panel: PanelPage, result: AttentionResult, kind: AttentionKind): Promise<void> {
    const { layer, head } = await panel.savedState();
    const { weights, queries, keys } = await engine.request('head', {
      runId: result.runId,
      kind,
      layer,
      head,
    });
    const shown = await panel.page
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td:not(.entropy)')].map((cell) => cell.textContent)),
      );
    const expected = Array.from({ length: queries }, (_, query) =>
      [...weights.subarray(query * keys, (query + 1) * keys)].map((weight) => weight.toFixed(4)),
    );
    assert.deepEqual(shown, expected);
    assert.deepEqual(panel.faults, []);
  }

  test('the bundled encoder', async () => {
    const segments = [{ text: 'The cat sat on the mat.', offset: 0 }];
    const result = await analyzeAttention(engine, { model: 'pocket-bert', segments });
    const panel = await open(result);
    const chips = await panel.page.locator('.chip bdi').allTextContents();
    assert.deepEqual(
      chips,
      result.tokens.map(({ text }) => text),
    );
    await panel.event('select', { layer: 1, head: 1 });
    await panel.settled();
    await assertShown(panel, result, 'encoder');
    await panel.page.getByText('Chart', { exact: true }).click();
    await panel.screenshot('real-encoder');
    await panel.close();
  });

  test('an encoder-decoder of unequal depth', async () => {
    const model = join(ROOT, 'test/fixtures/models/t5-12-6');
    const result = await analyzeAttention(engine, { model, ids: [5, 6, 7, 8], targetIds: [0, 9, 10] });
    const panel = await open(result);
    for (const kind of ['encoder', 'decoder', 'cross'] as const) {
      await panel.event('select', { kind, layer: 99 });
      await panel.settled();
      await assertShown(panel, result, kind);
    }
    await panel.close();
  });
});
