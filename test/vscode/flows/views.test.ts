import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import type { Locator } from 'playwright-core';
import { sampleDir } from '../../../scripts/lib/paths.mjs';
import {
  analyzeSentence,
  keptResults,
  openStage,
  picture,
  SENTENCE_LINE,
  untilKept,
  type Stage,
} from './support';

const SESSION = 'pocket-bert.tprobe.json';
const NOTE = 'Reads the subject.';

describe('every view of the panel, on real models', { timeout: 600_000 }, () => {
  let folder: string;
  let stage: Stage;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'views-flow-'));
    await cp(sampleDir, folder, { recursive: true });
    stage = await openStage({}, folder);
    await analyzeSentence(stage);
  });
  afterEach((context) => picture(`views ${(context as TestContext).name}`, stage));
  after(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  const inPanel = (selector: string, text?: string | RegExp): Locator =>
    stage.panel.frame.locator(selector, text === undefined ? {} : { hasText: text });
  const chosenHead = () => inPanel('.overview .chosen').getAttribute('aria-label');
  /** A drop-down list or an input by its label. */
  const field = (label: string): Locator =>
    stage.panel.frame.locator(`.field:has(> .field-label:text-is("${label}")) > :last-child:visible`);

  /** Takes an entry of the export menu and gives the file that was written. */
  async function exported(label: string, name: string): Promise<string> {
    await inPanel('.export-menu select').selectOption({ label });
    await stage.workbench.saveAs(name);
    await inPanel('[aria-live]', `Saved ${name}`).waitFor({ state: 'attached' });
    return readFile(path.join(folder, name), 'utf8');
  }

  async function useModel(name: string): Promise<void> {
    const { workbench } = stage;
    await workbench.runCommand('Transformer Probe: Choose Model…');
    await workbench.quickInputEntry(name).click();
    await workbench.statusBar().getByText(name).waitFor();
  }

  it('Overview: opens at a head that is worth it, and follows order and click', async () => {
    assert.notEqual(await chosenHead(), 'Layer 0, head 0', 'the head of the previous token');
    await inPanel('.overview .hint', 'where the view opened').waitFor();
    await inPanel('.overview select').selectOption({ label: 'Previous' });
    const first = inPanel('.overview .head').first();
    await stage.panel.frame
      .locator('.overview .head:first-of-type[aria-label="Layer 0, head 0"]')
      .first()
      .waitFor();
    await first.click();
    await stage.panel.heading().and(stage.panel.frame.getByText('layer 0, head 0')).waitFor();
    await inPanel('.overview select').selectOption({ label: 'By layer' });
    await stage.panel.thumbnail(1, 1).click();
    await stage.panel.painted();
  });

  it('Lines: tokens are chosen by keyboard, heads by their chips', async () => {
    await stage.panel.openTab('Lines');
    await inPanel('.lines .head-chip', '3').click();
    await inPanel('.lines .head-chip[aria-pressed="true"]', '3').waitFor();
    await inPanel('.line-scroll').focus();
    await stage.workbench.press('ArrowDown', 'ArrowDown', 'Enter');
    await inPanel('.lines .hint', /^32 links\./).waitFor();
    await inPanel('.row-list h2', /^Query 2animal$/).waitFor();
    await stage.workbench.press('Escape');
    await inPanel('.lines .hint', /^512 links\./).waitFor();
  });

  it('Text: colors the panel and, on request, the editor', async () => {
    const { panel, workbench } = stage;
    await panel.openTab('Text');
    await inPanel('.prose-token', 'street').click();
    await inPanel('.prose-view .hint', 'street').first().waitFor();
    await inPanel('.prose-view h2').hover();
    await workbench.decorations().first().waitFor({ state: 'detached' });
    const inEditor = panel.frame.getByText('Color the editor too');
    await inEditor.click();
    await workbench.decorations().first().waitFor();
    await inEditor.click();
    await workbench.decorations().first().waitFor({ state: 'detached' });
  });

  it('Query and Key: the arithmetic of the chosen cell, and of another', async () => {
    await stage.panel.openTab('Query and Key');
    await inPanel('.arithmetic[aria-busy="false"] .steps li').nth(3).waitFor();
    const before = await inPanel('.steps code').last().innerText();
    await field('Key').selectOption({ index: 1 });
    await inPanel('.arithmetic tr.pinned th', /^1 The$/).waitFor();
    await inPanel('.arithmetic[aria-busy="false"] .steps li').nth(3).waitFor();
    assert.notEqual(await inPanel('.steps code').last().innerText(), before);
  });

  it('Heads: filtered by label, sorted by measure, chosen from the table', async () => {
    await stage.panel.openTab('Heads');
    await inPanel('.heads-table tbody tr').first().waitFor();
    const all = await inPanel('.heads-table tbody tr').count();
    assert.equal(await inPanel('.scatter circle').count(), all);
    await field('Label').selectOption({ label: 'previous' });
    const labelled = inPanel('.heads-table tbody tr', 'previous');
    await inPanel('.heads-table tbody tr', 'next').waitFor({ state: 'detached' });
    assert.ok((await labelled.count()) > 0 && (await labelled.count()) < all);
    await field('Label').selectOption({ label: 'Any' });
    await stage.panel.frame.getByRole('button', { name: 'Entropy', exact: true }).click();
    await inPanel('th[aria-sort="descending"]', 'Entropy').waitFor();
    const top = inPanel('.heads-table tbody .link').first();
    const name = await top.innerText();
    await top.click();
    await inPanel('.similar h2', `Like ${name.toLowerCase()}`).waitFor();
    await inPanel('.similar .link').first().waitFor();
  });

  it('exports what is shown: CSV, SVG, one HTML page and a session', async () => {
    await stage.panel.openTab('Matrix');
    const csv = await exported('CSV of the matrix', 'pocket-bert.csv');
    assert.match(csv.split('\r\n')[0] ?? '', /^,"\[CLS\]","The","animal"/);
    assert.match(await exported('SVG of the matrix', 'pocket-bert.svg'), /^<svg [^]*>animal<\/text>/);
    const html = await exported('HTML page that keeps the interaction', 'pocket-bert.html');
    assert.ok(html.startsWith('<!doctype html>') && Buffer.byteLength(html) < 5e6);
    const session: unknown = JSON.parse(await exported('Session file', SESSION));
    assert.deepEqual(Object.keys(session as object).slice(0, 2), ['format', 'version']);
  });

  it('Compare: two texts, their difference, and the end of it', async () => {
    const { workbench, panel } = stage;
    await workbench.focusEditor();
    await analyzeSentence(stage, SENTENCE_LINE + 1);
    await panel.openTab('Compare');
    await panel.button('Choose Result to Compare…').click();
    await workbench.quickInputEntry(/tired/).click();
    await inPanel('.compare .pane:visible').nth(2).waitFor();
    await inPanel('.compare h3', 'The other: pocket-bert').waitFor();
    await inPanel('.compare tbody .link').first().click();
    await panel.button('Stop Comparing').click();
    await inPanel('.compare .pane:visible').first().waitFor({ state: 'detached' });
  });

  it('a session file opens to the text, the view and the head that it was saved with', async () => {
    const { workbench, panel } = stage;
    await workbench.runCommand('Transformer Probe: Open Session File…');
    await workbench.quickInputEntry(SESSION).click();
    await panel.frame.locator('.chip').getByText('tired', { exact: true }).waitFor();
    await panel.painted();
    const { state } = JSON.parse(await readFile(path.join(folder, SESSION), 'utf8')) as {
      state: { layer: number; head: number };
    };
    await panel
      .heading()
      .and(panel.frame.getByText(`layer ${state.layer}, head ${state.head}`))
      .waitFor();
  });

  it('Encoder-Decoder: an output token and the input tokens it used', async () => {
    const { workbench, panel } = stage;
    await panel.openTab('Matrix');
    await useModel('pocket-t5');
    await workbench.focusEditor();
    await analyzeSentence(stage);
    await panel.openTab('Encoder-Decoder');
    await inPanel('.used .chip').nth(1).click();
    await inPanel('.used h2', /^Input tokens that row 1,/).waitFor();
    await inPanel('.used tbody tr').first().waitFor();
    await inPanel('.alignment tr.pinned th', /^1 /).waitFor();
    assert.equal(await inPanel('.encoder-decoder .pane:visible').count(), 3);
  });

  it('Generation: the model writes, and its tokens are stepped through', async () => {
    const { panel, workbench } = stage;
    const before = await panel.runId();
    await panel.openTab('Generation');
    await field('New tokens').fill('4');
    await panel.button('Generate').click();
    await inPanel('.generation .hint', '4 tokens by greedy; the limit was reached').waitFor();
    assert.notEqual(await panel.runId(), before);
    await inPanel('.generation .chip').first().click();
    await workbench.press('ArrowRight');
    await inPanel('.generation h2', /^Token 2 of 4/).waitFor();
    await inPanel('.candidates tr.pinned').waitFor();
  });

  it('a reload keeps the view and its choices', async () => {
    await stage.workbench.reloadWindow();
    await inPanel('.tab[aria-selected="true"]', 'Generation').waitFor();
    await inPanel('.generation h2', /^Token 2 of 4/).waitFor();
    assert.equal(await inPanel('.generation').getAttribute('hidden'), null);
  });

  describe('the Results view', () => {
    const rows = () => stage.workbench.page.locator('[aria-label="Results"] .monaco-list-row');
    const row = (text: string | RegExp) => rows().filter({ hasText: text }).first();

    async function stored(): Promise<{ name?: string; note?: string; pinned?: boolean }[]> {
      const files = await readdir(stage.server.dataDir, { recursive: true });
      const results = files.filter((file) => /[\\/]results[\\/][\w-]+\.json$/.test(file));
      return Promise.all(
        results.map(
          async (file) => JSON.parse(await readFile(path.join(stage.server.dataDir, file), 'utf8')) as object,
        ),
      );
    }

    const fromMenu = (text: string | RegExp, entry: string): Promise<void> =>
      stage.workbench.chooseFromContextMenuOf(row(text), entry);

    it('has every run, and renames, pins and annotates', async () => {
      const { workbench } = stage;
      await workbench.runCommand('Transformer Probe: Focus on Results View');
      await rows().first().waitFor();
      await untilKept(stage, await rows().count());
      await fromMenu(/too wide/, 'Rename Result…');
      await workbench.fillQuickInput('The wide street');
      await fromMenu('The wide street', 'Pin Result');
      await rows().first().and(row('The wide street')).waitFor();
      await fromMenu('The wide street', 'Edit Note of Result');
      await workbench.tab('Note: The wide street').waitFor();
      await workbench.page.keyboard.type(NOTE);
      while (!(await stored()).some(({ note }) => note === NOTE))
        await new Promise((resolve) => setTimeout(resolve, 50));
    });

    it('opens an earlier run without running it, and deletes one', async () => {
      const { workbench, panel } = stage;
      const kept = await keptResults(stage);
      await row('The wide street').dblclick();
      await panel.frame.locator('.chip').getByText('wide', { exact: true }).waitFor();
      await untilKept(stage, kept);
      await fromMenu(/pocket-t5.*generated/, 'Delete Result…');
      await workbench.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Delete' }).click();
      await rows()
        .nth(kept - 1)
        .waitFor({ state: 'detached' });
      await untilKept(stage, kept - 1);
    });

    it('survives a restart of the window and its extensions', async () => {
      const { workbench } = stage;
      const before = await rows().allInnerTexts();
      await workbench.runCommand('View: Show Explorer');
      await workbench.reloadWindow();
      await workbench.runCommand('Transformer Probe: Focus on Results View');
      await row('The wide street').waitFor();
      assert.deepEqual(await rows().allInnerTexts(), before);
      assert.ok((await stored()).some(({ name, note, pinned }) => name && note === NOTE && pinned));
    });
  });
});
