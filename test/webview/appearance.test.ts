import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PanelSnapshot } from '../../src/shared/protocol';
import { looksRight } from './support/looks';
import { Workbench } from './support/panelPage';
import type { PanelPage } from './support/panelPage';
import { makeSample } from './support/samples';
import type { Sample } from './support/samples';

const QUIET = { busy: null, error: null, stale: false, linked: true };
const WIDTHS = [1400, 700, 400, 360] as const;

interface Scene {
  name: string;
  sample: Sample;
  change?: Partial<PanelSnapshot>;
  act?: (panel: PanelPage) => Promise<void>;
}

const short = makeSample({ text: 'The cat sat on the mat because it was warm.' });
const words = 'The quick brown foxes jump over uncharacteristically lazy dogs and then ';
const SCENES: Scene[] = [
  { name: 'short', sample: short, act: pointAtMatrix },
  {
    name: '64-tokens',
    sample: makeSample({ text: words.repeat(5), layers: 12, heads: 12, family: 'decoder-only' }),
    act: pointAtMatrix,
  },
  { name: '256-tokens', sample: makeSample({ text: words.repeat(21), layers: 2, heads: 16 }) },
  { name: 'many-heads', sample: makeSample({ text: 'a b c d e', layers: 24, heads: 16 }) },
  {
    name: 'bidi-emoji',
    sample: makeSample({
      text: ['שלום עולם, مرحبا بالعالم', 'Emoji 👩‍👩‍👧‍👦 👍🏽 e\u0301\n{b|x} <b>'],
      layers: 2,
      heads: 3,
    }),
    act: pointAtMatrix,
  },
  {
    name: 'cross-attention',
    sample: makeSample({
      text: 'The cat sat.',
      target: 'Die Katze saß.',
      family: 'encoder-decoder',
      layers: 12,
      decoderLayers: 6,
      heads: 8,
    }),
    act: async (panel) =>
      void (await panel.page.locator('.pickers select').first().selectOption({ label: 'Cross-attention' })),
  },
  {
    name: 'table',
    sample: makeSample({ text: words.repeat(5), family: 'decoder-only' }),
    act: async (panel) => void (await panel.page.getByText('Table', { exact: true }).click()),
  },
  {
    name: 'edit-help',
    sample: makeSample({ text: ['one', 'two'], target: 'drei', family: 'encoder-decoder' }),
    act: async (panel) => {
      await panel.page.getByText('Edit text and run').click();
      await panel.page.getByText('Keyboard', { exact: true }).click();
    },
  },
  {
    name: 'notices',
    sample: makeSample({
      text: words,
      change: { window: { index: 0, windows: 6, first: 0, count: 510, total: 1830 } },
    }),
    change: {
      stale: true,
      busy: { message: 'Running pocket-sample…' },
      error: {
        code: 'model',
        message: 'The file “model.onnx” has no attention that can be read. Choose another model.',
      },
    },
  },
  { name: 'empty', sample: short, change: { result: null } },
  { name: 'first-run', sample: short, change: { result: null, busy: { message: 'Opening pocket-sample…' } } },
];

describe('the panel in every theme and width', () => {
  let bench: Workbench;
  before(async () => (bench = await Workbench.start()));
  after(() => bench.stop());

  for (const scene of SCENES) {
    test(scene.name, async () => {
      const snapshot = { ...QUIET, result: scene.sample.result, ...scene.change };
      const panel = await bench.open({ snapshot, requests: scene.sample.requests });
      await panel.settled();
      await scene.act?.(panel);
      await looksRight(panel, scene.name, WIDTHS);
      assert.deepEqual(panel.faults, []);
      await panel.close();
    });
  }
});

async function pointAtMatrix(panel: PanelPage): Promise<void> {
  const { page } = panel;
  await page.locator('.chip').nth(4).click();
  await panel.event('cursor', { token: 2 });
  await page.locator('.chart').hover({ position: { x: 300, y: 300 } });
}
