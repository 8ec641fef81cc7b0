import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { THEMES } from '../../../scripts/vscode/workbench';
import { analyzeSentence, openStage, picture, SENTENCE, SENTENCE_LINE, type Stage } from './support';

describe('the panel beside the editor', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
    await analyzeSentence(stage);
  });
  afterEach((context) => picture((context as TestContext).name, stage));
  after(() => stage.close());

  it('shows the matrix of the selection under a title that names the model', async () => {
    const { workbench, panel } = stage;
    await workbench.tab('Attention: pocket-bert').waitFor();
    assert.match(await panel.heading().innerText(), /^Encoder self-attention, layer \d+, head \d+$/);
    const words = (await panel.chips()).filter(({ special }) => !special);
    const text = words.map(({ start, end }) => SENTENCE.slice(start, end));
    assert.equal(text.join(''), SENTENCE.replaceAll(' ', ''));
  });

  it('marks in the editor the token under the pointer', async () => {
    const { workbench, panel } = stage;
    const chips = await panel.chips();
    const token = chips.findIndex(({ start, end }) => SENTENCE.slice(start, end) === 'street');
    await panel.chip(token).hover();
    const mark = await workbench.decorations().first().boundingBox();
    const [line] = await workbench.selectionBoxes();
    assert.ok(mark && line);
    // The editor's font is monospaced: the mark stands where the token's characters do.
    const column = mark.width / 'street'.length;
    assert.ok(Math.abs(mark.x - line.x - SENTENCE.indexOf('street') * column) < column / 2);
    assert.ok(Math.abs(mark.y - line.y) < line.height / 2);
    await panel.heading().hover();
    await workbench.decorations().first().waitFor({ state: 'detached' });
  });

  it('marks in the panel the token under the cursor', async () => {
    const { workbench, panel } = stage;
    const chips = await panel.chips();
    for (const word of ['animal', 'tired']) {
      await workbench.moveCursor(SENTENCE_LINE, SENTENCE.indexOf(word) + 2);
      const token = chips.findIndex(({ start }) => start === SENTENCE.indexOf(word));
      await panel.frame.locator(`.chip.cursor[data-token="${token}"]`).waitFor();
      assert.equal(await panel.frame.locator('.chip.cursor').count(), 1);
    }
  });

  it('takes the user from a token to its characters', async () => {
    const { workbench, panel } = stage;
    const chips = await panel.chips();
    await panel.chip(chips.findIndex(({ start }) => start === SENTENCE.indexOf('because'))).dblclick();
    await workbench.statusBar().getByText('(7 selected)').waitFor();
  });

  it('changes the head by thumbnail and by key', async () => {
    const { panel } = stage;
    await panel.thumbnail(1, 1).click();
    await panel.heading().and(panel.frame.getByText('layer 1, head 1')).waitFor();
    await panel.painted();
    await panel.thumbnail(1, 1).press('ArrowRight');
    await panel.heading().and(panel.frame.getByText('layer 1, head 2')).waitFor();
    await panel.painted();
  });

  it('analyses another sentence from the palette and keeps layer and head', async () => {
    const { workbench, panel } = stage;
    const before = await panel.runId();
    await workbench.focusEditor();
    await workbench.selectLine(SENTENCE_LINE + 1);
    await workbench.runCommand('Transformer Probe: Analyze Selection');
    await panel.frame.locator('.chip').getByText('wide', { exact: true }).waitFor();
    await panel.painted(before);
    assert.match(await panel.heading().innerText(), /layer 1, head 2$/);
  });

  it('runs an edited text and keeps layer and head', async () => {
    const { panel } = stage;
    const before = await panel.runId();
    await panel.frame.getByText('Edit text and run').click();
    await panel.frame.getByRole('textbox', { name: 'Text' }).fill('The street was too wide.');
    await panel.frame.getByRole('textbox', { name: 'Text' }).press('Control+Enter');
    await panel.frame.locator('.chip').getByText('animal', { exact: true }).waitFor({ state: 'detached' });
    await panel.painted(before);
    assert.match(await panel.heading().innerText(), /layer 1, head 2$/);
    await panel.frame.getByText('Edit text and run').click();
  });

  it('offers the models from the status bar', async () => {
    const { workbench } = stage;
    await workbench.statusBar().getByText('pocket-bert').click();
    await workbench.quickInputEntry('pocket-bert').waitFor();
    await workbench.press('Escape');
  });

  for (const theme of Object.keys(THEMES) as (keyof typeof THEMES)[]) {
    it(`is painted anew in the ${theme} theme`, async () => {
      const { workbench, panel } = stage;
      await workbench.focusEditor();
      await workbench.setTheme(theme);
      await panel.frame.locator(`body[data-vscode-theme-kind="vscode-${theme}"]`).waitFor();
      await panel.painted();
    });
  }

  it('violates no content security policy', async () => {
    const { workbench, panel } = stage;
    assert.deepEqual(workbench.violations, []);
    // What would be seen if it did: an inline style attribute is forbidden.
    await panel.frame
      .locator('main')
      .evaluate((main) => main.insertAdjacentHTML('beforeend', '<i style="top:0">'));
    await panel.frame.locator('main > i').waitFor({ state: 'attached' });
    assert.equal(workbench.violations.length, 1);
  });
});
