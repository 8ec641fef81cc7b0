import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TensorInfo } from '../../src/shared/anatomy';
import type { ModelAnatomy } from '../../src/shared/anatomyProtocol';
import { ProbeError } from '../../src/shared/errors';
import { AnatomyBench, ROOT, snapshotOf } from './support/anatomyPage';
import type { AnatomyOptions, AnatomyPage } from './support/anatomyPage';
import { looksRight } from './support/looks';

let bench: AnatomyBench;
let bert: ModelAnatomy;
let t5: ModelAnatomy;

before(async () => {
  bench = await AnatomyBench.start();
  [bert, t5] = await Promise.all([bench.ofPath('models/pocket-bert'), bench.ofPath('models/pocket-t5')]);
});
after(() => bench.stop());

/** Opens the panel, runs the test, and sees that it caused no fault. */
async function inPanel(
  model: ModelAnatomy | null,
  run: (panel: AnatomyPage) => Promise<void>,
  options: Partial<AnatomyOptions> = {},
): Promise<void> {
  const panel = await bench.show({ snapshot: snapshotOf(model), ...options });
  await run(panel);
  await panel.close();
  assert.deepEqual(panel.faults, [], 'no policy violation, no error on the console');
}

const boxes = ({ page }: AnatomyPage) =>
  page.locator('[role=treeitem]').evaluateAll((all) => all.map((one) => one.getAttribute('data-key') ?? ''));
const focused = ({ page }: AnatomyPage) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-key') ?? null);

describe('anatomy panel', () => {
  test('the card, exact to the parameter; nothing of a file becomes HTML', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const anatomy = { ...bert.anatomy, name, problems: [`<b>${name}</b> is missing.`] };
    await inPanel({ ...bert, anatomy }, async ({ page }) => {
      assert.equal(await page.locator('h1').first().textContent(), name);
      assert.equal(await page.locator('.notice p').textContent(), `<b>${name}</b> is missing.`);
      assert.equal(await page.locator('main img, main b').count(), 0);
      const facts = await page.locator('.fact').allTextContents();
      assert(facts.includes(`Parameters${bert.anatomy.parameters.toLocaleString('en-US')}`));
      assert(facts.includes('ClassBertForMaskedLM') && facts.includes('Heads8 × 32'));
      const precisions = await page.locator('.precisions tbody th').allTextContents();
      assert.deepEqual(
        precisions,
        bert.anatomy.precisions.map(({ dtype }) => dtype),
      );
    });
  });

  test('at most 20 boxes for every bundled model and fixture, in the page', async () => {
    const folders = ['models', 'test/fixtures/models', 'test/fixtures/exporters'];
    const names = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== 'training')
        .map((entry) => `${folder}/${entry.name}`),
    );
    await inPanel(null, async (panel) => {
      for (const name of names) {
        const model = await bench.ofPath(name);
        await panel.send(snapshotOf(model));
        const shown = await boxes(panel);
        assert(shown.length >= 3 && shown.length <= 20, `${name}: ${shown.length} boxes`);
      }
    });
  });

  test('a keyboard walk: arrows between boxes, Enter to modules and operators, Escape back', async () => {
    await inPanel(bert, async (panel) => {
      const { page } = panel;
      await page.getByRole('treeitem', { name: 'Tokens' }).focus();
      const walk: (string | null)[] = [];
      for (let i = 0; i < 5; i++) {
        await page.keyboard.press('ArrowDown');
        walk.push(await focused(panel));
      }
      const expected = ['embeddings', 'block', 'block/in', 'block/attention', 'block/add-0'];
      assert.deepEqual(walk, expected);
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await panel.settled();
      const query = page.getByRole('treeitem', { name: /^self\.query, .*263,168 parameters/ });
      assert.equal(await query.count(), 1, 'modules');
      await page.keyboard.press('Enter');
      await page.getByRole('treeitem', { name: 'Operator Softmax' }).waitFor();
      assert.equal(await focused(panel), 'block/attention');
      assert.equal(await page.getByRole('treeitem', { name: 'Operator Softmax' }).count(), 1);
      await page.getByRole('treeitem', { name: 'Operator Softmax' }).click();
      await page.locator('.details dd', { hasText: '/Softmax' }).waitFor();
      await page.keyboard.press('Escape');
      await panel.settled();
      assert.equal(await focused(panel), 'block/attention');
      assert.equal(await page.locator('.operator').count(), 0);
      await page.keyboard.press('Escape');
      await panel.settled();
      assert.equal(await focused(panel), 'block');
      assert.deepEqual(await boxes(panel), ['input', 'embeddings', 'block', 'head', 'output']);
      assert.deepEqual((await panel.savedState()).expanded, []);
    });
  });

  test('a block leads to its tensors, to the sidebar and to the attention of its layer', async () => {
    await inPanel(t5, async (panel) => {
      const { page } = panel;
      await page.locator('[data-id="decoder/block"]').dblclick();
      await page.locator('[data-id="decoder/block/cross-attention"]').click();
      await page.getByLabel('Layer').selectOption('2');
      await page.getByText('Show Attention of Layer 2').click();
      await page.getByText('Reveal in Sidebar').click();
      await panel.settled();
      assert.deepEqual(panel.bodies('showAttention'), [{ kind: 'cross', layer: 2 }]);
      assert.deepEqual(panel.bodies('reveal'), [{ component: 'decoder/block/cross-attention' }]);
      assert.match(
        (await page.locator('.tensor-list').textContent()) ?? '',
        /decoder\.block\.2\.layer\.1\.EncDecAttention\.q/,
      );
      await page.getByText('Show Tensors').click();
      await panel.settled();
      assert.match(
        (await page.locator('.tensors .hint').first().textContent()) ?? '',
        /^\d+ of 132 tensors, 1,048,576 parameters/,
      );
    });
  });

  test('search finds boxes and tensors and unfolds what is around them', async () => {
    await inPanel(t5, async (panel) => {
      const { page } = panel;
      const search = page.getByLabel('Find a box or tensor');
      await search.fill('cross-attention');
      await panel.settled();
      assert.equal((await panel.savedState()).selected, 'decoder/block/cross-attention');
      assert.equal(await page.locator('.hits').textContent(), '1 of 1');
      await search.fill('encoder.block.3.layer.1.DenseReluDense.wo');
      await panel.settled();
      assert.match((await panel.savedState()).selected ?? '', /^encoder\/block\/feed-forward\/.*wo$/);
      await search.fill('nothing has this name');
      assert.equal(await page.locator('.hits').textContent(), 'No match');
    });
  });

  test('the picture as SVG stands alone, as PNG is one', async () => {
    await inPanel(bert, async (panel) => {
      bench.pictures.length = 0;
      await panel.page.getByText('Save SVG').click();
      await panel.page.getByText('Save PNG').click();
      while (bench.pictures.length < 2) await panel.settled();
      const [svg, png] = bench.pictures;
      assert(typeof svg?.data === 'string');
      assert.match(svg.data, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(svg.data, />Self-attention</);
      assert(!/class=|style=|var\(|color-mix|tabindex/.test(svg.data), 'needs no style sheet');
      const bytes = Object.values(png?.data ?? {}) as number[];
      assert.deepEqual(bytes.slice(0, 8), [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
      const failed = await panel.page.evaluate(async (text) => {
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
        return image.decode().then(
          () => image.naturalWidth < 100,
          () => true,
        );
      }, svg.data);
      assert.equal(failed, false, 'the SVG is drawn by itself');
    });
  });

  test('12,000 tensors: only the rows in sight are in the page; filter, sort, keys', async () => {
    const tensors = Array.from({ length: 12_000 }, (_, i): TensorInfo => {
      const name = `layers.${i}.mlp.weight`;
      return {
        name,
        shape: [i + 1, 4],
        dtype: 'F32',
        bytes: 16 * (i + 1),
        role: 'parameter',
        parameters: 4 * (i + 1),
        layer: i,
        file: 0,
        state: 'whole',
      };
    });
    const anatomy = { ...bert.anatomy, tensors };
    await inPanel({ ...bert, anatomy, key: 'large' }, async (panel) => {
      const { page } = panel;
      await panel.tab('Tensors');
      const rows = page.locator('.tensors tr[data-row]');
      assert((await rows.count()) < 120, 'rows in the page');
      assert.equal(await page.locator('.tensors table').getAttribute('aria-rowcount'), '12001');
      await page.locator('.tensors .virtual-scroll').evaluate((one) => (one.scrollTop = 24 * 6000));
      await page.locator('tr[data-row="6000"]').waitFor();
      assert.match((await page.locator('tr[data-row="6000"]').textContent()) ?? '', /layers\.6000\./);
      await page.getByRole('button', { name: 'Parameters' }).click();
      assert.match((await rows.first().textContent()) ?? '', /layers\.11999\./);
      await page.getByLabel('Filter tensors').fill('layers.77');
      await panel.settled();
      assert.match(
        (await page.locator('.tensors .hint').first().textContent()) ?? '',
        /^111 of 12,000 tensors/,
      );
      await page.locator('.tensors table').focus();
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await panel.settled();
      assert.equal((await panel.savedState()).tensor, 77);
    });
  });

  test('values of a tensor: statistics, norms by head, a picture; a failure can be tried again', async () => {
    let fails = true;
    const real = bench.answers();
    const answers: AnatomyOptions['answers'] = {
      statistics: (params, signal, report) => {
        if (!fails) return real.statistics(params, signal, report);
        fails = false;
        throw new ProbeError('model', 'The file is gone.');
      },
    };
    const index = bert.anatomy.tensors.findIndex(
      ({ path }) => path === 'bert.encoder.layer.1.attention.self.query.weight',
    );
    const stats = await real.statistics({ key: bert.key, tensor: index }, new AbortController().signal);
    await inPanel(
      bert,
      async (panel) => {
        const { page } = panel;
        await panel.event('select', { tensor: index });
        await page.getByText('Read Values').click();
        await page.getByText('The file is gone.').waitFor();
        await page.getByText('Try Again').click();
        await page.getByText('Standard deviation').waitFor();
        const facts = await page.locator('.tensor-view .fact').allTextContents();
        assert(facts.includes(`Minimum${+(stats.min ?? 0).toPrecision(5)}`), facts.join());
        assert.equal(await page.getByRole('combobox', { name: 'Norms of' }).locator('option').count(), 4);
        await page.getByRole('combobox', { name: 'Norms of' }).selectOption('Heads along columns');
        await page.getByRole('img', { name: /^Norms of 8 heads/ }).waitFor();
        await page.getByText('Show Values as Picture').click();
        await page.getByRole('img', { name: /^Values of rows 0 to 255 and columns 0 to 255/ }).waitFor();
        assert.equal(await page.locator('.tensor-view canvas').count(), 3, 'one picture a chart');
        await page.getByLabel('First row').fill('100');
        await page.getByLabel('Row after the last').fill('108');
        await page.getByText('Show', { exact: true }).click();
        await page.getByRole('img', { name: /^Values of rows 100 to 107/ }).waitFor();
      },
      { answers },
    );
  });

  test('reading shows how far it is and can be cancelled', async () => {
    let aborted = false;
    const answers: AnatomyOptions['answers'] = {
      statistics: (_, signal, report) => {
        report?.(0.25);
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new ProbeError('cancelled', 'Cancelled.'));
          }),
        );
      },
    };
    await inPanel(
      bert,
      async (panel) => {
        await panel.event('select', { tensor: 3 });
        await panel.page.getByText('Read Values').click();
        await panel.page.locator('progress[value="0.25"]').waitFor();
        await panel.page.locator('.job').getByText('Cancel').click();
        await panel.page.getByText('Read Values').waitFor();
        assert.equal(aborted, true);
      },
      { answers },
    );
  });

  test('the graph: operators with counts, nodes page by page', async () => {
    await inPanel(bert, async (panel) => {
      const { page } = panel;
      await panel.tab('Graph');
      const first = bert.anatomy.graphs[0]?.operators[0];
      const row = await page.locator('.columns tbody tr').first().textContent();
      assert.equal(row, `${first?.name}ai.onnx${first?.count}`);
      await page.locator('.page:not([hidden]) .virtual-scroll').evaluate((one) => (one.scrollTop = 24 * 230));
      await page.locator('tr[data-row="250"]', { hasNotText: '…' }).waitFor();
      assert.match((await page.locator('tr[data-row="250"]').textContent()) ?? '', /^250[A-Z]/);
    });
  });

  test('beside others: rows that differ, structure, weights', async () => {
    const same = { ...(await bench.ofPath('models/pocket-bert/onnx/model.onnx')) };
    const llama = await bench.ofCatalogue('meta-llama/Llama-3.2-1B');
    await inPanel(
      bert,
      async (panel) => {
        const { page } = panel;
        await panel.tab('Compare');
        await page
          .getByText('93 tensors are the same')
          .or(page.getByText(/tensors are the same\./))
          .waitFor();
        const layers = page.locator('tr.differs', { hasText: 'Layers' });
        assert.deepEqual(await layers.locator('td').allTextContents(), ['4', '4', '16']);
        await page.getByText('Compare Weights').click();
        const change = page
          .getByLabel('Relative change of each tensor')
          .locator('tr[data-row="0"] td')
          .nth(2);
        await change.waitFor();
        assert.equal(await change.textContent(), '0', 'the same weights');
        await page.getByLabel('Tensor by tensor with').selectOption(llama.anatomy.name);
        await page.getByText('known from its config alone').waitFor();
        await page.getByRole('button', { name: `Remove ${llama.anatomy.name}` }).click();
        await panel.settled();
        assert.deepEqual(panel.bodies('removeComparison'), [{ key: llama.key }]);
      },
      { snapshot: snapshotOf(bert, [same, llama]) },
    );
  });

  test('the state survives a reload; another file starts anew', async () => {
    let state: Awaited<ReturnType<AnatomyPage['savedState']>> | undefined;
    await inPanel(bert, async (panel) => {
      await panel.page.locator('[data-id="block/attention"]').click();
      await panel.page.keyboard.press('Enter');
      await panel.tab('Tensors');
      state = await panel.savedState();
    });
    await inPanel(
      bert,
      async (panel) => {
        assert.deepEqual(await panel.savedState(), state);
        assert.equal(
          await panel.page.getByRole('tab', { name: 'Tensors' }).getAttribute('aria-selected'),
          'true',
        );
        await panel.send(snapshotOf(t5));
        assert.equal((await panel.savedState()).selected, null);
      },
      { state },
    );
  });

  test('nothing open, reading, failed, cut off', async () => {
    await inPanel(null, async (panel) => {
      await panel.page.getByText('Open Model').click();
      await panel.send({ busy: { message: 'Reading model.onnx…' } });
      await panel.page.locator('.notice').getByText('Cancel').click();
      await panel.send({ busy: null, error: { code: 'model', message: 'model.onnx is cut off.' } });
      assert.equal(await panel.page.getByRole('alert').locator('p').textContent(), 'model.onnx is cut off.');
      await panel.page.getByText('Try Again').click();
      await panel.settled();
      const names = panel.posted.map(({ name }) => name);
      assert.deepEqual(names, ['ready', 'openModel', 'cancel', 'refresh']);
      const files = [{ name: 'model.safetensors', size: 1000, expected: 5000 }];
      await panel.send({ model: { ...bert, anatomy: { ...bert.anatomy, files } }, error: null, stale: true });
      await panel.tab('Metadata');
      assert.match((await panel.page.locator('tr.bad').textContent()) ?? '', /cut off: 4\.00 kB of 5\.00 kB/);
    });
  });
});

describe('the anatomy panel in every theme and width', () => {
  const scenes: { name: string; open(): Promise<ModelAnatomy[]>; act?(panel: AnatomyPage): Promise<void> }[] =
    [
      { name: 'bert', open: async () => [bert] },
      {
        name: 't5',
        open: async () => [t5],
        act: async ({ page }) => {
          await page.locator('[data-id="decoder/block"]').dblclick();
          await page.locator('[data-id="decoder/block/cross-attention"]').click();
        },
      },
      {
        name: 'operators',
        open: async () => [await bench.ofPath('test/fixtures/models/llama-sdpa')],
        act: async ({ page }) => {
          await page.locator('[data-id="block/attention"]').click();
          await page.keyboard.press('Enter');
          await page.keyboard.press('Enter');
          await page.getByRole('treeitem', { name: 'Operator Softmax' }).waitFor();
        },
      },
      {
        name: 'tensor',
        open: async () => [bert],
        act: async (panel) => {
          await panel.event('select', {
            tensor: bert.anatomy.tensors.findIndex(({ shape }) => shape.length === 2),
          });
          await panel.page.getByText('Read Values').click();
          await panel.page.getByText('Show Values as Picture').click();
          await panel.page.locator('.signed-legend').waitFor();
        },
      },
      { name: 'graph', open: async () => [t5], act: (panel) => panel.tab('Graph') },
      {
        name: 'compare',
        open: async () => [
          bert,
          await bench.ofPath('models/pocket-gpt2'),
          await bench.ofCatalogue('meta-llama/Llama-3.2-1B'),
        ],
        act: async (panel) => {
          await panel.tab('Compare');
          await panel.page.getByText(/in one model only/).waitFor();
        },
      },
    ];
  for (const { name, open, act } of scenes) {
    test(name, async () => {
      const [model = bert, ...others] = await open();
      await inPanel(
        model,
        async (panel) => {
          await act?.(panel);
          await looksRight(panel, `anatomy-${name}`, [1400, 360]);
        },
        { snapshot: snapshotOf(model, others) },
      );
    });
  }
});
