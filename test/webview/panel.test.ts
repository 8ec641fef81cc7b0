import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { rowEntropy } from '../../src/shared/attention';
import type { HeadAddress } from '../../src/shared/attention';
import { ProbeError } from '../../src/shared/errors';
import type { PanelSnapshot } from '../../src/shared/protocol';
import type { PanelPage, PanelOptions } from './support/panelPage';
import { Workbench } from './support/panelPage';
import { makeSample } from './support/samples';
import type { Sample } from './support/samples';

const TEXT = 'The cat sat on the mat because it was warm.';
const QUIET = { busy: null, error: null, stale: false, linked: true };

let bench: Workbench;
let panel: PanelPage;

before(async () => (bench = await Workbench.start()));
after(() => bench.stop());
afterEach(async () => {
  const { faults } = panel;
  await panel.close();
  assert.deepEqual(faults, [], 'no policy violation, no error on the console');
});

async function open(
  sample: Sample,
  change: Partial<PanelSnapshot> = {},
  options: Partial<PanelOptions> = {},
) {
  const snapshot = { ...QUIET, result: sample.result, ...change };
  panel = await bench.open({ snapshot, requests: sample.requests, ...options });
  await panel.settled();
  return panel.page;
}

describe('what the panel shows', () => {
  test('the model, the tokens, the chosen head and its numbers', async () => {
    const sample = makeSample({ text: TEXT });
    const page = await open(sample);
    assert.equal(await page.locator('h1').first().textContent(), 'pocket-sample');
    assert.deepEqual(await page.locator('.facts > *').allTextContents(), [
      'Encoder-only',
      '4 layers × 4 heads',
      '13 tokens',
      'ran in 23 ms',
    ]);
    assert.deepEqual(
      await page.locator('.chip').allTextContents(),
      sample.result.tokens.map(({ text }) => text),
    );
    assert.equal(await page.locator('.head').count(), 16);
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 0, head 0');
    assert.match(
      (await page.locator('.chart').getAttribute('aria-label')) ?? '',
      /13 queries by 13 keys\. Strongest link: Query/,
    );
  });

  test('one canvas for the matrix and one for the marks on it, one for all heads', async () => {
    const page = await open(makeSample({ text: TEXT, layers: 12, heads: 12 }));
    await page.locator('.chart').hover();
    await panel.settled();
    assert.equal(await page.locator('.chart canvas').count(), 2);
    assert.equal(await page.locator('.overview canvas').count(), 1);
    assert.ok((await page.locator('.chart *').count()) < 5, 'no element a weight');
  });

  test('the matrix is painted from the weights', async () => {
    const sample = makeSample({ text: TEXT });
    const page = await open(sample);
    const weights = sample.weights({ kind: 'encoder', layer: 0, head: 0 });
    const strongest = weights.indexOf(Math.max(...weights));
    const weakest = weights.indexOf(Math.min(...weights));
    const [bright, dark] = await Promise.all([strongest, weakest].map((index) => luminanceOfCell(index, 13)));
    assert.ok((bright as number) > (dark as number) + 0.3, `${bright} against ${dark}`);
    assert.equal(
      await page.locator('.legend-ticks span').last().textContent(),
      Math.max(...weights).toPrecision(2),
    );
  });

  test('another head of the same axes is painted from its weights, also where cells carry no numbers', async () => {
    const sample = makeSample({ text: `${TEXT} ${TEXT} ${TEXT}` });
    const page = await open(sample);
    const count = sample.result.tokens.length;
    await page.locator('[data-layer="2"][data-head="3"]').click();
    await panel.settled();
    const weights = sample.weights({ kind: 'encoder', layer: 2, head: 3 });
    const order = [...weights.keys()].sort((a, b) => (weights[a] as number) - (weights[b] as number));
    const [dark, bright] = await Promise.all(
      [order[0], order.at(-1)].map((index) => luminanceOfCell(index as number, count, 0)),
    );
    assert.ok((bright as number) > (dark as number) + 0.3, `${bright} against ${dark}`);
  });

  test('the table has the weights to four digits, and entropy', async () => {
    const sample = makeSample({ text: TEXT });
    const page = await open(sample);
    await page.getByText('Table', { exact: true }).click();
    await panel.settled();
    const weights = sample.weights({ kind: 'encoder', layer: 0, head: 0 });
    const rows = await page
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((td) => td.textContent)));
    assert.equal(rows.length, 13);
    rows.forEach(([entropy, ...cells], query) => {
      const row = weights.subarray(query * 13, (query + 1) * 13);
      assert.deepEqual(
        cells,
        [...row].map((weight) => weight.toFixed(4)),
      );
      assert.equal(entropy, rowEntropy(row).toFixed(2));
    });
    assert.match(
      (await page.locator('caption').textContent()) ?? '',
      /layer 0, head 0 \(encoder self-attention\)/,
    );
    assert.equal((await panel.savedState()).view, 'table');
  });

  test('a large table comes in pages', async () => {
    const sample = makeSample({ text: Array(80).fill('word').join(' '), layers: 1, heads: 1 });
    const page = await open(sample);
    await page.getByText('Table', { exact: true }).click();
    await page.getByRole('button', { name: 'Next queries' }).click();
    await page.getByRole('button', { name: 'Next queries' }).click();
    await page.getByRole('button', { name: 'Next keys' }).click();
    assert.deepEqual(await page.locator('.pager > span').allTextContents(), [
      'Queries 64–81 of 82',
      'Keys 32–63 of 82',
    ]);
    const weights = sample.weights({ kind: 'encoder', layer: 0, head: 0 });
    const first = page.locator('tr[data-query="64"] td');
    assert.equal(await first.count(), 33);
    assert.equal(await first.nth(1).textContent(), (weights[64 * 82 + 32] as number).toFixed(4));
  });

  test('the row list has the eight strongest keys and the rest', async () => {
    const sample = makeSample({ text: TEXT });
    const page = await open(sample);
    await page.locator('.chip').nth(4).click();
    const row = [...sample.weights({ kind: 'encoder', layer: 0, head: 0 }).subarray(4 * 13, 5 * 13)];
    const sorted = [...row].sort((a, b) => b - a);
    assert.deepEqual(
      await page.locator('.keys .weight').allTextContents(),
      sorted.slice(0, 8).map((weight) => weight.toFixed(4)),
    );
    const rest = sorted.slice(8).reduce((sum, weight) => sum + weight, 0);
    assert.equal(await page.locator('.rest').textContent(), `remaining 5 keys${rest.toFixed(4)}`);
    assert.equal(
      await page.locator('.row-list .entropy').textContent(),
      `Entropy ${rowEntropy(row).toFixed(2)} bits, of at most 3.70`,
    );
  });

  test('a decoder’s rows say what they predict and have no later keys', async () => {
    const page = await open(makeSample({ text: 'one two three', family: 'decoder-only' }));
    await page.locator('.chip').nth(1).click();
    assert.match((await page.locator('.row-list .hint').textContent()) ?? '', /Row 1 predicts token 2\./);
    assert.equal(await page.locator('.keys li').count(), 2);
    assert.match(
      (await page.locator('.legend .hint').textContent()) ?? '',
      /later tokens, which the query cannot see/,
    );
  });

  test('an encoder-decoder has three kinds and two texts', async () => {
    const sample = makeSample({
      text: 'the cat',
      target: 'die Katze',
      family: 'encoder-decoder',
      layers: 12,
      decoderLayers: 6,
    });
    const page = await open(sample);
    assert.deepEqual(await page.locator('.pickers select').first().locator('option').allTextContents(), [
      'Encoder self-attention',
      'Decoder self-attention',
      'Cross-attention',
    ]);
    assert.equal(await page.locator('.head').count(), 48);
    await page.locator('.pickers select').first().selectOption({ label: 'Cross-attention' });
    await panel.settled();
    assert.equal(await page.locator('.head').count(), 24);
    assert.match((await page.locator('.chart').getAttribute('aria-label')) ?? '', /3 queries by 4 keys/);
    assert.deepEqual(await page.locator('.text:visible h2').allTextContents(), ['Input', 'Target']);
    await page.locator('.text').nth(1).locator('.chip').nth(1).click();
    assert.match((await page.locator('.row-list h2').textContent()) ?? '', /Die|die/);
  });

  test('right-to-left text, emoji, markup and white space stay what they are', async () => {
    const text = 'שלום <b>👩‍👩‍👧‍👦</b> {b|x} e\u0301';
    const page = await open(makeSample({ text: [text, 'two\n lines'], family: 'decoder-only' }));
    const chips = await page.locator('.chip bdi').allTextContents();
    assert.ok(chips.includes('שלום') && chips.includes('␣e\u0301') && chips.includes('↵'));
    assert.ok(chips.some((chip) => chip.includes('👩‍👩‍👧‍👦')));
    assert.equal(await page.locator('main b').count(), 0);
    assert.equal(await page.locator('.segment-break').count(), 1);
  });
});

describe('choosing', () => {
  test('a thumbnail is picked by click and by arrow keys, and the choice is kept', async () => {
    const asked: HeadAddress[] = [];
    const sample = makeSample({ text: TEXT });
    const requests = { ...sample.requests, head: spy(sample, asked) };
    const page = await open({ ...sample, requests });
    await page.locator('[data-layer="1"][data-head="2"]').click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await panel.settled();
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 2, head 3');
    assert.deepEqual(
      await page
        .locator('.head[tabindex="0"]')
        .evaluateAll((all) => all.map((head) => head.getAttribute('aria-label'))),
      ['Layer 2, head 3'],
    );
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute('aria-label')),
      'Layer 2, head 3',
    );
    assert.deepEqual(
      await page
        .locator('.pickers select')
        .evaluateAll((all) => all.map((list) => (list as HTMLSelectElement).value)),
      ['Encoder self-attention', '2', '3'],
    );
    const { kind, layer, head, runId } = await panel.savedState();
    assert.deepEqual({ kind, layer, head, runId }, { kind: 'encoder', layer: 2, head: 3, runId: 'run-1' });
    assert.deepEqual(asked.at(-1), { runId: 'run-1', kind: 'encoder', layer: 2, head: 3 });
  });

  test('brackets step through heads and layers, and stop at the ends', async () => {
    const page = await open(makeSample({ text: TEXT, layers: 2, heads: 2 }));
    for (const key of [']', ']', ']', '}', '}', '}']) await page.keyboard.press(key);
    await panel.settled();
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 1, head 1');
    for (const key of ['[', '{']) await page.keyboard.press(key);
    await panel.settled();
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 0, head 0');
    assert.equal(await page.locator('[aria-live]').last().textContent(), 'Layer 0, head 0');
  });

  test('brackets typed into the text box are text', async () => {
    const page = await open(makeSample({ text: TEXT }));
    await page.getByText('Edit text and run').click();
    await page.getByLabel('Text', { exact: true }).fill('');
    await page.getByLabel('Text', { exact: true }).pressSequentially('[x]{y}');
    assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), '[x]{y}');
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 0, head 0');
  });

  test('the host can move the choice', async () => {
    const page = await open(makeSample({ text: TEXT }));
    await panel.event('select', { layer: 3, head: 1 });
    await panel.settled();
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 3, head 1');
    await panel.event('select', { layer: 99 });
    assert.equal((await panel.savedState()).layer, 3);
  });

  test('a new run keeps layer, head and scale; another model moves them', async () => {
    const page = await open(makeSample({ text: TEXT }));
    await panel.event('select', { layer: 3, head: 2 });
    await page.getByText('Same colors for all heads').click();
    await page.locator('.chip').nth(2).click();
    assert.equal((await panel.savedState()).query, 2);
    await panel.send({ result: makeSample({ text: 'Another text.', runId: 'run-2' }).result });
    const second = await panel.savedState();
    assert.deepEqual(
      [second.layer, second.head, second.query, second.scale, second.runId],
      [3, 2, null, 'absolute', 'run-2'],
    );
    await panel.send({
      result: makeSample({ text: 'Smaller.', layers: 2, heads: 1, runId: 'run-3' }).result,
    });
    const third = await panel.savedState();
    assert.deepEqual([third.layer, third.head], [1, 0]);
  });

  test('a reload brings the choice back and asks the host', async () => {
    const sample = makeSample({ text: TEXT });
    const state = {
      version: 1 as const,
      runId: 'run-1',
      kind: 'encoder' as const,
      layer: 2,
      head: 1,
      query: 5,
      view: 'table' as const,
    };
    const page = await open(sample, {}, { state });
    assert.deepEqual(panel.bodies('ready'), [{ state }]);
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 2, head 1');
    assert.equal(await page.locator('tbody tr.pinned').getAttribute('data-query'), '5');
  });

  test('a late answer is dropped', async () => {
    const sample = makeSample({ text: TEXT });
    const signals: AbortSignal[] = [];
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const head: Sample['requests']['head'] = async (address, signal) => {
      signals.push(signal);
      if (address.head === 1) await slow;
      return sample.requests.head(address, signal);
    };
    const page = await open({ ...sample, requests: { ...sample.requests, head } });
    await page.locator('[data-layer="0"][data-head="1"]').click();
    await page.locator('[data-layer="0"][data-head="2"]').click();
    await panel.settled();
    answer();
    await panel.settled();
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, true, false],
    );
    assert.match((await page.locator('.chart').getAttribute('aria-label')) ?? '', /head 2/);
  });
});

describe('text and editor', () => {
  test('hover, focus, pin and reveal', async () => {
    const page = await open(makeSample({ text: TEXT }));
    const chip = page.locator('.chip').nth(3);
    await chip.hover();
    await panel.settled();
    assert.deepEqual(panel.bodies('hover').at(-1), { side: 'input', token: 3 });
    assert.match((await page.locator('.row-list h2').textContent()) ?? '', /3sat/);
    await page.mouse.move(5, 5);
    await panel.settled();
    assert.equal(panel.bodies('hover').at(-1), null);
    await chip.click();
    assert.equal((await panel.savedState()).query, 3);
    assert.equal(await chip.getAttribute('aria-selected'), 'true');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await panel.settled();
    assert.deepEqual(panel.bodies('hover').at(-1), { side: 'input', token: 4 });
    assert.deepEqual(panel.bodies('reveal'), [{ token: 4 }]);
    assert.equal((await panel.savedState()).query, 4);
    await page.locator('.chip').nth(2).dblclick();
    assert.deepEqual(panel.bodies('reveal').at(-1), { token: 2 });
    assert.equal((await panel.savedState()).query, 2);
    await page.getByRole('button', { name: 'Unpin' }).click();
    assert.equal((await panel.savedState()).query, null);
  });

  test('nothing is revealed without an editor', async () => {
    const page = await open(makeSample({ text: TEXT }), { linked: false });
    await page.locator('.chip').nth(2).dblclick();
    assert.deepEqual(panel.bodies('reveal'), []);
  });

  test('the editor’s cursor marks its token', async () => {
    const page = await open(makeSample({ text: TEXT }));
    await panel.event('cursor', { token: 6 });
    assert.deepEqual(await page.locator('.chip.cursor').allTextContents(), ['mat']);
    assert.match((await page.locator('.row-list h2').textContent()) ?? '', /6mat/);
    await panel.event('cursor', { token: null });
    assert.equal(await page.locator('.chip.cursor').count(), 0);
  });

  test('pointing into the matrix marks query and key, and clicking pins the row', async () => {
    const page = await open(makeSample({ text: TEXT }));
    const cell = await cellPlace(7, 5, 13);
    await page.mouse.move(cell.x, cell.y);
    await panel.settled();
    assert.deepEqual(panel.bodies('hover').at(-1), { side: 'input', token: 5 });
    assert.deepEqual(await page.locator('.chip.pointed').allTextContents(), ['the', 'because']);
    await page.mouse.click(cell.x, cell.y);
    assert.equal((await panel.savedState()).query, 7);
  });

  test('Tab visits every control in reading order and leaves the panel again', async () => {
    const page = await open(makeSample({ text: TEXT }));
    let presses = 0;
    const isInside = () => page.evaluate(() => document.activeElement !== document.body);
    await page.evaluate(() => {
      const focused: Element[] = [];
      document.addEventListener('focusin', ({ target }) => focused.push(target as Element));
      Object.assign(window, { focused });
    });
    do {
      await page.keyboard.press('Tab');
    } while ((await isInside()) && ++presses < 100);
    assert.ok(presses < 100, 'Tab never leaves the panel');
    const missed = await page.evaluate(() => {
      const { focused } = window as unknown as { focused: Element[] };
      const controls = 'a[href], button, input, select, textarea, summary, [tabindex="0"], vscode-button';
      const all = [...document.querySelectorAll<HTMLElement>(`main :is(${controls})`)];
      const usable = all.filter(
        (one) =>
          one.checkVisibility() && !one.matches(':disabled, :not(:checked)[type=radio]') && one.tabIndex >= 0,
      );
      const turned = focused.filter((one, i) => {
        const before = focused[i - 1];
        return before && !(before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
      });
      return [...usable.filter((one) => !focused.includes(one)), ...turned].map((one) =>
        one.outerHTML.slice(0, 120),
      );
    });
    assert.deepEqual(missed, []);
  });

  test('the keyboard moves through the cells and speaks them', async () => {
    const sample = makeSample({ text: TEXT });
    const page = await open(sample);
    await page.locator('.chart').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await panel.settled();
    const weights = sample.weights({ kind: 'encoder', layer: 0, head: 0 });
    const row = weights.subarray(13, 26);
    const spoken = (await page.locator('[aria-live]').last().textContent())?.replace(/[\u2068\u2069]/g, '');
    assert.equal(
      spoken,
      `Query 1 The, Key 1 The, Weight ${(row[1] as number).toFixed(4)}, Row entropy ${rowEntropy(row).toFixed(2)} of 3.70 bits`,
    );
    assert.equal((await panel.savedState()).query, 1);
    await page.keyboard.press('Escape');
    assert.equal((await panel.savedState()).query, null);
  });

  test('zoom buttons change what is in sight', async () => {
    const page = await open(makeSample({ text: Array(60).fill('word').join(' ') }));
    const before = await page.locator('.chart').screenshot();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await panel.settled();
    const zoomed = await page.locator('.chart').screenshot();
    assert.ok(!before.equals(zoomed));
    await page.getByRole('button', { name: 'Show the whole matrix' }).click();
    await panel.settled();
    assert.ok(before.equals(await page.locator('.chart').screenshot()));
  });
});

describe('running again', () => {
  test('edited text is sent with the target that was given', async () => {
    const sample = makeSample({ text: 'the cat', target: 'die Katze', family: 'encoder-decoder' });
    const page = await open(sample);
    await page.getByText('Edit text and run').click();
    assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), 'the cat');
    await page.getByLabel('Text', { exact: true }).fill('the dog');
    await page.keyboard.press('Control+Enter');
    await page.getByLabel('Target (decoder input)').fill('der Hund');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    assert.deepEqual(panel.bodies('rerun'), [{ text: 'the dog' }, { text: 'the dog', target: 'der Hund' }]);
  });

  test('before the first analysis there is one thing to do', async () => {
    const page = await open(makeSample({ text: TEXT }), { result: null });
    assert.equal(await page.getByRole('button').count(), 1);
    await page.getByRole('button', { name: 'Analyze Selection' }).click();
    assert.deepEqual(panel.bodies('analyzeSelection'), [null]);
  });

  test('what takes long says how far it is, and can be stopped and asked for again', async () => {
    const sample = makeSample({ text: TEXT });
    let asked = 0;
    const matrix: Sample['requests']['matrix'] = (_, signal, report) => {
      asked++;
      report?.({ done: 5, of: 12 });
      return new Promise((_done, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
    };
    const page = await open({ ...sample, requests: { ...sample.requests, matrix } });
    await page.getByText('Combine and filter').click();
    await page.locator('.tools-body select').first().selectOption({ label: 'Rollout through the layers' });
    await page.getByText('Working it out: layer 5 of 12…').waitFor();
    assert.equal(
      await page.locator('.matrix h2').textContent(),
      'Encoder self-attention: rollout through the layers',
    );
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.notice.info').getByText('Cancelled.').waitFor();
    assert.equal(await page.locator('.notice.busy').count(), 0);
    assert.equal(asked, 1);
    await page.getByRole('button', { name: 'Try Again' }).click();
    await page.getByText('Working it out: layer 5 of 12…').waitFor();
    assert.equal(asked, 2);
  });

  test('a run in progress keeps the old result and can be cancelled', async () => {
    const page = await open(makeSample({ text: TEXT }), { busy: { message: 'Running pocket-sample…' } });
    assert.ok(await page.locator('.chart canvas:first-of-type').isVisible());
    assert.match((await page.locator('.notice.busy').textContent()) ?? '', /Running pocket-sample…/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(panel.bodies('cancel'), [null]);
    await panel.send({ busy: null });
    assert.equal(await page.locator('.notice').count(), 0);
  });

  test('stale text and windows of long texts', async () => {
    const sample = makeSample({
      text: TEXT,
      change: { window: { index: 1, windows: 6, first: 255, count: 510, total: 1830 } },
    });
    const page = await open(sample, { stale: true });
    await page.getByRole('button', { name: 'Run Again' }).click();
    assert.deepEqual(panel.bodies('refresh'), [null]);
    assert.match(
      (await page.locator('.notice.info').textContent()) ?? '',
      /tokens 256–765 of 1,830.*Window 2 of 6/,
    );
    await page.getByRole('button', { name: 'Next window' }).click();
    await page.getByRole('button', { name: 'Previous window' }).click();
    assert.deepEqual(panel.bodies('window'), [{ index: 2 }, { index: 0 }]);
  });

  test('each error has its way out', async () => {
    const page = await open(makeSample({ text: TEXT }), {
      error: { code: 'model', message: 'No model here.' },
    });
    await page.locator('.notice.error').getByRole('button', { name: 'Choose Model' }).click();
    const detail = { reason: 'too-long' as const, tokens: 1830, limit: 510, windows: 6 };
    await panel.send({ error: { code: 'input', message: 'Too long.', detail } });
    await page.getByRole('button', { name: 'Analyze First 510 Tokens' }).click();
    await panel.send({ error: { code: 'runtime', message: 'The model stopped.' } });
    await page.getByRole('button', { name: 'Run Again' }).click();
    assert.deepEqual(panel.posted.slice(-3), [
      { name: 'chooseModel', body: null },
      { name: 'window', body: { index: 0 } },
      { name: 'rerun', body: { text: TEXT } },
    ]);
  });

  test('a head that cannot be had is said, and asked for again', async () => {
    const sample = makeSample({ text: TEXT });
    let broken = true;
    const head: Sample['requests']['head'] = (address, signal) => {
      if (broken) throw new ProbeError('runtime', 'The inference process stopped. Try again.');
      return sample.requests.head(address, signal);
    };
    const page = await open({ ...sample, requests: { ...sample.requests, head } });
    assert.match((await page.locator('.notice.error').textContent()) ?? '', /The inference process stopped/);
    broken = false;
    await page.getByRole('button', { name: 'Try Again' }).click();
    await panel.settled();
    assert.equal(await page.locator('.notice').count(), 0);
    assert.ok(await page.locator('.chart canvas:first-of-type').isVisible());
  });

  test('messages of another shape are ignored', async () => {
    const page = await open(makeSample({ text: TEXT }));
    await page.evaluate(() => {
      const bodies = [
        null,
        7,
        'x',
        {},
        { type: 'event', name: 'snapshot', body: { result: {} } },
        { type: 'event', name: 'nope' },
      ];
      for (const body of bodies) window.postMessage(body, '*');
    });
    await panel.settled();
    assert.equal(await page.locator('.matrix h2').textContent(), 'Encoder self-attention, layer 0, head 0');
  });
});

function spy(sample: Sample, asked: HeadAddress[]): Sample['requests']['head'] {
  return (address, signal) => (asked.push(address), sample.requests.head(address, signal));
}

/** Page coordinates of a cell's middle, found through the matrix's frame: the last column and row end the axes. */
async function cellPlace(query: number, key: number, count: number): Promise<{ x: number; y: number }> {
  const frame = await panel.page.evaluate((size) => {
    const canvas = document.querySelector('.chart canvas') as HTMLCanvasElement;
    const box = canvas.getBoundingClientRect();
    const side = Math.min(box.width, box.height);
    return { right: box.right - 10, bottom: box.bottom - 10, side, size };
  }, count);
  const { left, top } = await matrixOrigin();
  return {
    x: left + ((key + 0.5) / count) * (frame.right - left),
    y: top + ((query + 0.5) / count) * (frame.bottom - top),
  };
}

/** Where the axes begin: labels lie left of and above them. */
async function matrixOrigin(): Promise<{ left: number; top: number }> {
  return panel.page.evaluate(() => {
    const canvas = document.querySelector('.chart canvas') as HTMLCanvasElement;
    const box = canvas.getBoundingClientRect();
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const painted = (x: number, y: number) => (data[(y * width + x) * 4 + 3] as number) > 250;
    const x = Math.round(width * 0.8);
    const y = Math.round(height * 0.8);
    let left = x;
    while (left > 0 && painted(left - 1, y)) left--;
    let top = y;
    while (top > 0 && painted(x, top - 1)) top--;
    return { left: box.left + left, top: box.top + top };
  });
}

/** Relative brightness, 0..1, near the corner of a cell (its middle carries a number). */
async function luminanceOfCell(index: number, count: number, above = 14): Promise<number> {
  const { x, y } = await cellPlace(Math.floor(index / count), index % count, count);
  return panel.page.evaluate(
    ([px, py, up]) => {
      const canvas = document.querySelector('.chart canvas') as HTMLCanvasElement;
      const box = canvas.getBoundingClientRect();
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const { data } = context.getImageData(
        Math.round((px as number) - box.left),
        Math.round((py as number) - box.top - (up as number)),
        1,
        1,
      );
      return (
        (0.2126 * (data[0] as number) + 0.7152 * (data[1] as number) + 0.0722 * (data[2] as number)) / 255
      );
    },
    [x, y, above],
  );
}
