import { PSEUDO } from './support/pseudo';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Engine } from '../../src/inference/engine';
import { analyzeAttention } from '../../src/probes/attention';
import { compareResults } from '../../src/probes/compare';
import { defaultSettings } from '../../src/probes/settings';
import { PROBES } from '../../src/probes/table';
import { GENERATION_DEFAULTS } from '../../src/shared/generation';
import type { PanelState } from '../../src/shared/protocol';
import { AnatomyBench, snapshotOf as anatomySnapshot } from './support/anatomyPage';
import { overflowing } from './support/looks';
import { Workbench } from './support/panelPage';
import { ProbeBench } from './support/probePage';
import { analyze, openRun, startEngine } from './support/realRuns';

/** Names that are the same in every language. */
const NAMES = new Set(
  'onnx json csv svg png npz gguf markdown html bert gpt softmax relu gelu silu tanh config cpu'.split(' '),
);

/**
 * ASCII words that people see or hear: in a page of the pseudo language they are data, or have not been translated. Names
 * of files, modules and tensors, with a dot, a slash or an underscore in them, are data.
 */
function plainWords(page: Page): Promise<[word: string, text: string][]> {
  return page.evaluate(() => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!parent || parent.closest('script, style, code, kbd')) continue;
      if (parent.checkVisibility() || parent.closest('option')) texts.push(node.textContent ?? '');
    }
    for (const element of document.querySelectorAll('main, main *:not([aria-hidden="true"])'))
      for (const name of ['aria-label', 'title', 'placeholder', 'aria-roledescription', 'aria-description'])
        texts.push(element.getAttribute(name) ?? '');
    return texts.flatMap((text) =>
      (text.replace(/\S*\w[._/]\w\S*/g, '').match(/[A-Za-z]{3,}/g) ?? []).map((word): [string, string] => [
        word,
        text.slice(0, 80),
      ]),
    );
  });
}

/** Fails where something is not translated, or a longer text does not fit. `data` are words of the shown data. */
async function speaksPseudo(page: Page, data: Set<string>): Promise<void> {
  const strange = (await plainWords(page)).filter(
    ([word]) => !data.has(word.toLowerCase()) && !NAMES.has(word.toLowerCase()),
  );
  assert.deepEqual([...new Set(strange.map(([, text]) => text))], [], 'not translated');
  await page.setViewportSize({ width: 360, height: 900 });
  await page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done))));
  assert.deepEqual(await overflowing(page), [], 'longer texts at 360 px');
}

/** Every word anywhere in the values. */
function wordsIn(...values: unknown[]): Set<string> {
  const words = values.flatMap((value) => JSON.stringify(value)?.match(/[A-Za-z]{3,}/g) ?? []);
  return new Set(words.map((word) => word.toLowerCase()));
}

describe('every panel in another language', () => {
  let engine: Engine;
  before(() => (engine = startEngine()));
  after(() => engine.close());

  describe('attention', () => {
    let bench: Workbench;
    before(async () => (bench = await Workbench.start({ messages: PSEUDO })));
    after(() => bench.stop());

    const TABS: Record<string, Partial<PanelState>> = {
      matrix: { layer: 2, head: 1, query: 3 },
      'matrix as a table': { layer: 2, view: 'table' },
      combined: { combination: 'rollout', layer: 1 },
      lines: { tab: 'lines', layer: 1, lines: [0, 1] },
      text: { tab: 'text', layer: 1, query: 2 },
      arithmetic: { tab: 'arithmetic', layer: 1, query: 2, key: 1 },
      heads: { tab: 'heads', layer: 1 },
    };
    test('a run and every view of it', async () => {
      const result = await analyze(engine, 'pocket-bert', 'The animal was tired.');
      for (const state of Object.values(TABS)) {
        const panel = await openRun(bench, engine, result, { kind: 'encoder', ...state });
        await speaksPseudo(panel.page, wordsIn(result));
        assert.deepEqual(panel.faults, []);
        await panel.close();
      }
    });
    test('what a model wrote, an encoder with its decoder, and two results', async () => {
      const written = await analyzeAttention(engine, {
        model: 'pocket-t5',
        segments: [{ text: 'The animal', offset: 0 }],
        generation: { ...GENERATION_DEFAULTS, method: 'beam', maxNewTokens: 6 },
      });
      for (const tab of ['generation', 'cross'] as const) {
        const panel = await openRun(bench, engine, written, { tab, kind: 'cross', layer: 1 });
        await speaksPseudo(panel.page, wordsIn(written));
        await panel.close();
      }
      const [one, other] = [
        await analyze(engine, 'pocket-bert', 'A cat.'),
        await analyze(engine, 'pocket-bert', 'A dog.'),
      ];
      const comparison = await compareResults(engine, one, other);
      const panel = await openRun(
        bench,
        engine,
        one,
        { tab: 'compare', kind: 'encoder' },
        { snapshot: { comparison } },
      );
      await speaksPseudo(panel.page, wordsIn(one, other));
      await panel.close();
    });
  });

  describe('probes', () => {
    let bench: ProbeBench;
    before(async () => (bench = await ProbeBench.start(PSEUDO)));
    after(() => bench.stop());

    for (const probe of PROBES) {
      test(`${probe.id}, before it has run`, async () => {
        const panel = await bench.show(bench.fresh(probe));
        const { sample, fields } = probe;
        const shown = Object.values(fields).map((field) => [
          field.kind === 'choice' ? field.options.map(({ value }) => value) : [],
          field.kind === 'text' ? field.placeholder : '',
        ]);
        await speaksPseudo(panel.page, wordsIn(sample, defaultSettings(fields), shown));
        assert.deepEqual(panel.faults, []);
        await panel.close();
      });
    }
  });

  describe('anatomy', () => {
    let bench: AnatomyBench;
    before(async () => (bench = await AnatomyBench.start(PSEUDO)));
    after(() => bench.stop());

    test('a model, and two side by side', async () => {
      const [bert, t5] = [await bench.ofPath('models/pocket-bert'), await bench.ofPath('models/pocket-t5')];
      const { tensors, metadata, graphs, files, name } = bert.anatomy;
      const data = wordsIn(
        { tensors, metadata, graphs, files, name },
        t5.anatomy.tensors,
        t5.anatomy.name,
        t5.anatomy.facts.class,
      );
      for (const tab of ['diagram', 'tensors', 'graph', 'about', 'compare'] as const) {
        const panel = await bench.show({ snapshot: anatomySnapshot(bert, [t5]), state: undefined });
        await panel.page
          .getByRole('tab')
          .nth(['diagram', 'tensors', 'graph', 'about', 'compare'].indexOf(tab))
          .click();
        await panel.settled();
        await speaksPseudo(panel.page, data);
        assert.deepEqual(panel.faults, []);
        await panel.close();
      }
    });
  });
});
