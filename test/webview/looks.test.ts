import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine } from '../../src/inference/engine';
import { analyzeAttention } from '../../src/probes/attention';
import { compareResults } from '../../src/probes/compare';
import { PLAIN } from '../../src/shared/aggregate';
import type { AttentionResult } from '../../src/shared/attention';
import type { Comparison } from '../../src/shared/compare';
import { ProbeError } from '../../src/shared/errors';
import { GENERATION_DEFAULTS } from '../../src/shared/generation';
import type { PanelState } from '../../src/shared/protocol';
import { looksRight } from './support/looks';
import { Workbench } from './support/panelPage';
import type { Answers, PanelPage } from './support/panelPage';
import { analyze, engineAnswers, openRun, startEngine } from './support/realRuns';

const TEXT = "The animal didn't cross the street because it was too tired.";
const WIDTHS = [1400, 360] as const;

interface Runs {
  bert: AttentionResult;
  /** Of a decoder that wrote nothing. */
  plain: AttentionResult;
  gpt2: AttentionResult;
  t5: AttentionResult;
  comparison: Comparison;
  unlike: Comparison;
}

interface Scene {
  of: 'bert' | 'plain' | 'gpt2' | 't5';
  state: Partial<PanelState>;
  compared?: 'comparison' | 'unlike';
  answers?: Partial<Answers>;
  act?: (panel: PanelPage) => Promise<void>;
}

const refused = () =>
  Promise.reject(
    new ProbeError('model', 'The graph gives its queries and keys away nowhere. Choose another model.'),
  );

const SCENES: Record<string, Scene> = {
  matrix: { of: 'bert', state: { layer: 2, head: 5, query: 7 } },
  'combined and filtered': {
    of: 'bert',
    state: {
      combination: 'rollout',
      shaping: { ...PLAIN, hideSpecial: true, renormalize: true, threshold: 0.05 },
    },
    act: (panel) => panel.page.getByText('Combine and filter').click(),
  },
  lines: { of: 'bert', state: { tab: 'lines', layer: 2, head: 5, lines: [5, 0, 1, 2] } },
  'lines of a token': { of: 'bert', state: { tab: 'lines', layer: 2, head: 5, lines: [0, 3], query: 7 } },
  'lines as a table': { of: 'bert', state: { tab: 'lines', layer: 2, head: 5, view: 'table' } },
  text: { of: 'bert', state: { tab: 'text', layer: 2, head: 5, query: 7 } },
  'text of a pair': { of: 't5', state: { tab: 'text', kind: 'cross', layer: 2, query: 3 } },
  arithmetic: { of: 'bert', state: { tab: 'arithmetic', layer: 2, head: 5, query: 7, key: 3 } },
  'arithmetic refused': {
    of: 'bert',
    state: { tab: 'arithmetic' },
    answers: { cell: refused },
    act: waitFor('.arithmetic:has-text("gives its queries")'),
  },
  heads: { of: 'bert', state: { tab: 'heads', layer: 2, head: 5 }, act: waitFor('.heads-table tbody tr') },
  'heads refused': {
    of: 'bert',
    state: { tab: 'heads' },
    answers: { headMetrics: refused, similarHeads: refused },
    act: waitFor('.head-finder:has-text("gives its queries")'),
  },
  'encoder and decoder': {
    of: 't5',
    state: { tab: 'cross', kind: 'cross', layer: 2, query: 3 },
    act: waitFor('.alignment tbody tr'),
  },
  'nothing generated': { of: 'plain', state: { tab: 'generation' } },
  generation: { of: 'gpt2', state: { tab: 'generation', kind: 'decoder' }, act: pressRight },
  'generation of a target': { of: 't5', state: { tab: 'generation', kind: 'cross' }, act: pressRight },
  'nothing compared': { of: 'bert', state: { tab: 'compare' } },
  compare: {
    of: 'bert',
    state: { tab: 'compare', layer: 2, head: 5, query: 7 },
    compared: 'comparison',
    act: waitFor('.compare tbody tr'),
  },
  'compare unlike': {
    of: 'bert',
    state: { tab: 'compare', layer: 2, head: 5 },
    compared: 'unlike',
    act: waitFor('.compare .notice-line'),
  },
};

describe('every view of real runs, in every theme', () => {
  let bench: Workbench;
  let engine: Engine;
  let runs: Runs;
  before(async () => {
    bench = await Workbench.start();
    engine = startEngine();
    runs = await makeRuns(engine);
  });
  after(() => bench.stop());

  for (const [name, scene] of Object.entries(SCENES)) {
    test(name, async () => {
      const result = runs[scene.of];
      const comparison = scene.compared ? runs[scene.compared] : null;
      const requests = { ...engineAnswers(engine, { result, comparison }), ...scene.answers };
      const change = { snapshot: { comparison }, options: { requests } };
      const panel = await openRun(
        bench,
        engine,
        result,
        { kind: result.layers[0]?.kind, ...scene.state },
        change,
      );
      await scene.act?.(panel);
      await looksRight(panel, `view-${name.replaceAll(' ', '-')}`, WIDTHS);
      assert.deepEqual(panel.faults, []);
      await panel.close();
    });
  }
});

async function makeRuns(engine: Engine): Promise<Runs> {
  const bert = await analyze(engine, 'pocket-bert', TEXT);
  const other = await analyze(engine, 'pocket-bert', TEXT.replace('tired', 'wide'));
  const shorter = await analyze(engine, 'pocket-bert', 'The animal.');
  const written = (model: string, method: 'sample' | 'beam') =>
    analyzeAttention(engine, {
      model,
      segments: [{ text: 'The animal did not', offset: 0 }],
      generation: { ...GENERATION_DEFAULTS, method, maxNewTokens: 12 },
    });
  return {
    bert,
    plain: await analyze(engine, 'pocket-gpt2', TEXT),
    gpt2: await written('pocket-gpt2', 'sample'),
    t5: await written('pocket-t5', 'beam'),
    comparison: await compareResults(engine, bert, other),
    unlike: await compareResults(engine, bert, shorter),
  };
}

function waitFor(selector: string) {
  return (panel: PanelPage) => panel.page.locator(selector).first().waitFor();
}

async function pressRight(panel: PanelPage): Promise<void> {
  await panel.page.locator('.generation .chip').first().click();
  await panel.page.keyboard.press('ArrowRight');
}
