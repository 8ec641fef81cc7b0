import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { InferenceClient } from '../../src/inference/client';
import { analyzeAttention } from '../../src/probes/attention';
import type { AttentionResult } from '../../src/shared/attention';
import type { Inference } from '../../src/shared/inference';
import { writeLargeModel } from '../bench/support/largeModel';
import { Workbench } from './support/panelPage';
import type { PanelPage } from './support/panelPage';
import { engineAnswers, ROOT } from './support/realRuns';

const RUNS = 30;
/** Runs after which code is loaded, caches are full and memory may grow no more. */
const SETTLED = 10;
/** Of attention in the inference process: about four runs of the bundled model at its full length. */
const BUDGET = 2 ** 25;
const MB = 2 ** 20;

/** Ids for so many tokens, other ones in every run. */
const idsOf = (count: number, run: number) =>
  Array.from({ length: count }, (_, i) => 5 + ((i * 131 + run * 17) % 8000));

interface Memory {
  process: number;
  kept: number;
  heap: number;
  nodes: number;
}

describe('the panel and the inference process in the long run', () => {
  let bench: Workbench;
  let client: InferenceClient;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probe-endurance-'));
    bench = await Workbench.start();
    client = startClient(BUDGET);
  });
  after(async () => {
    await client.dispose();
    await bench.stop();
    await rm(folder, { recursive: true });
  });

  function startClient(memoryBudgetBytes: number): InferenceClient {
    return new InferenceClient({
      entry: join(ROOT, 'dist', 'inference.js'),
      bundledDir: join(ROOT, 'models'),
      resultsDir: join(folder, 'results'),
      diskBudgetBytes: 4 * memoryBudgetBytes,
      memoryBudgetBytes,
      idleShutdownMs: 60_000,
      log: () => undefined,
    });
  }

  /** A panel whose result can be replaced, as the extension replaces it. */
  async function openPanel(inference: Inference, result: AttentionResult): Promise<PanelPage> {
    const shown = { result, comparison: null };
    const answers = engineAnswers(inference, shown);
    const snapshot = { result, busy: null, error: null, stale: false, linked: true };
    const panel = await bench.open({ snapshot, requests: answers });
    await isShown(panel, result);
    return panel;
  }

  const isShown = async (panel: PanelPage, { runId }: AttentionResult) => {
    await panel.page
      .locator(`.matrix[data-run="${runId}"][aria-busy="false"] .chart canvas:first-of-type`)
      .waitFor();
    await panel.settled();
  };

  async function memoryOf(panel: PanelPage): Promise<Memory> {
    const session = await panel.page.context().newCDPSession(panel.page);
    await session.send('HeapProfiler.collectGarbage');
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? NaN;
    await session.detach();
    const { residentBytes, keptBytes } = await client.request('status', null);
    return {
      process: residentBytes,
      kept: keptBytes,
      heap: metric('JSHeapUsedSize'),
      nodes: metric('Nodes'),
    };
  }

  test(`${RUNS} runs at the model's maximum length leave neither the process nor the page larger`, async () => {
    const { facts } = await client.request('open', { model: 'pocket-bert' });
    const tokens = facts.maxTokens ?? 0;
    const analyze = (run: number) =>
      analyzeAttention(client, { model: 'pocket-bert', ids: idsOf(tokens, run) });
    const { pid } = client;
    let result = await analyze(0);
    const panel = await openPanel(client, result);
    let early: Memory | undefined;
    for (let run = 1; run < RUNS; run++) {
      result = await analyze(run);
      await panel.send({ result });
      await isShown(panel, result);
      if (run === SETTLED) early = await memoryOf(panel);
    }
    const late = await memoryOf(panel);
    const { faults } = panel;
    await panel.close();
    assert.ok(early);
    assert.deepEqual(faults, []);
    assert.equal(result.tokens.length, tokens);
    assert.equal(client.pid, pid, 'the process that began has gone on');
    assert.ok(late.kept <= BUDGET, `${late.kept} bytes of attention are kept`);
    assert.ok(
      late.process - early.process < 2 * BUDGET,
      `process: ${early.process} to ${late.process} bytes`,
    );
    assert.ok(late.heap - early.heap < 8 * MB, `page: ${early.heap} to ${late.heap} bytes`);
    assert.ok(late.nodes < 1.2 * early.nodes, `page: ${early.nodes} to ${late.nodes} nodes`);
  });

  test('12 layers x 12 heads x 512 tokens: every head can be shown, one after the other', async () => {
    const model = await writeLargeModel(folder, { layers: 12, width: 96, heads: 12, external: false });
    const large = startClient(2 ** 29);
    const result = await analyzeAttention(large, { model, ids: idsOf(512, 0) });
    const panel = await openPanel(large, result);
    assert.equal(await panel.page.locator('.head').count(), 144);
    for (let layer = 1; layer < 12; layer++) {
      await panel.event('select', { layer, head: layer });
      await isShown(panel, result);
    }
    const heading = await panel.page.locator('.matrix h2').textContent();
    const { faults } = panel;
    await panel.close();
    await large.dispose();
    assert.match(heading ?? '', /layer 11, head 11$/);
    assert.deepEqual(faults, []);
  });
});
