import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { analyzeSentence, openStage, picture, SENTENCE, untilKept, type Stage } from './support';

describe('a panel that was analysed once', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
    await analyzeSentence(stage);
    await stage.panel.thumbnail(1, 2).click();
    await atLayer1Head2();
  });
  afterEach((context) => picture((context as TestContext).name, stage));
  after(() => stage.close());

  async function atLayer1Head2(): Promise<void> {
    const { panel } = stage;
    await panel.heading().and(panel.frame.getByText('layer 1, head 2')).waitFor();
    await panel.painted();
    await untilKept(stage, 1);
  }

  async function hoverMarksTheEditor(): Promise<void> {
    const { workbench, panel } = stage;
    const chips = await panel.chips();
    await panel.chip(chips.findIndex(({ start }) => start === SENTENCE.indexOf('street'))).hover();
    await workbench.decorations().first().waitFor();
  }

  it('stays as it is beside a second editor, linked to the first', async () => {
    const { workbench } = stage;
    await workbench.focusEditor();
    await workbench.openFile('count_words.py');
    await atLayer1Head2();
    await workbench.tab('sentences.md').click();
    await hoverMarksTheEditor();
  });

  it('comes back as it was after it was hidden, without another run', async () => {
    const { workbench } = stage;
    await workbench.press('Control+2');
    await workbench.openFile('count_words.py');
    await stage.panel.heading().waitFor({ state: 'hidden' });
    await workbench.tab('Attention: pocket-bert').click();
    await atLayer1Head2();
    await hoverMarksTheEditor();
  });

  it('comes back as it was after the window was reloaded, without another run', async () => {
    await stage.workbench.reloadWindow();
    await atLayer1Head2();
    await hoverMarksTheEditor();
  });

  it('comes back by Show Last Result after it was closed, without another run', async () => {
    const { workbench } = stage;
    await workbench.tab('Attention: pocket-bert').click();
    await workbench.runCommand('View: Close Editor');
    await workbench.tab('Attention: pocket-bert').waitFor({ state: 'detached' });
    await workbench.runCommand('Transformer Probe: Show Last Result');
    await stage.panel.painted();
    await workbench.press('Tab');
    await stage.panel.frame.locator(':focus').first().waitFor();
    await untilKept(stage, 1);
    await hoverMarksTheEditor();
  });
});
