import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { openStage, picture, SENTENCE, SENTENCE_LINE, type Stage } from './support';

describe('a probe from the palette', () => {
  let stage: Stage;
  let panel: FrameLocator;
  before(async () => {
    stage = await openStage();
    panel = stage.workbench.webview();
  });
  afterEach((context) => picture((context as TestContext).name, stage));
  after(() => stage.close());

  it('paints its panel with what it found', async () => {
    const { workbench } = stage;
    await workbench.runCommand('Transformer Probe: Probe: Memory and Cost');
    await workbench.tab('Memory and Cost').waitFor();
    await panel.getByRole('heading', { name: 'Running and training, batch 1,' }).waitFor({ timeout: 60_000 });
    await panel.locator('.parts canvas, .parts svg').first().waitFor();
    assert.ok((await panel.locator('.findings li').count()) > 0);
  });

  it('shows another result when a setting changes', async () => {
    const batch = panel.getByRole('spinbutton', { name: 'Batch' });
    await batch.fill('4');
    await batch.press('Tab');
    await panel.getByRole('heading', { name: 'Running and training, batch 4,' }).waitFor();
  });

  it('copies its result as Markdown', async () => {
    await panel.getByRole('button', { name: 'Copy Markdown' }).first().click();
    await stage.workbench.statusBar().getByText('Copied to the clipboard').waitFor();
  });

  it('reads the selected sentence', async () => {
    const { workbench } = stage;
    await workbench.focusEditor();
    await workbench.selectLine(SENTENCE_LINE);
    await workbench.runCommand('Transformer Probe: Probe: Tasks on Top');
    await workbench.tab('Tasks on Top').waitFor();
    await panel.locator('.findings').getByText('has no head for a task').waitFor({ timeout: 60_000 });
    assert.equal(await panel.getByRole('textbox', { name: 'Text' }).first().inputValue(), SENTENCE);
  });

  it('is a step of the walkthrough, which is done by doing it', async () => {
    const { workbench } = stage;
    const steps = workbench.page.locator('.getting-started-step');
    const isDone = (step: number) =>
      steps.nth(step).locator('[role="checkbox"]').getAttribute('aria-checked');
    await workbench.runCommand('View: Close All Editors');
    await workbench.press('F1');
    await workbench.pick('>Welcome: Open Walkthrough', 'Open Walkthrough');
    await workbench.pick('Transformer', 'See What a Transformer Does with Your Text');
    await steps.nth(4).waitFor();
    assert.equal(await steps.count(), 5);
    assert.equal(await isDone(0), 'false');
    await steps.nth(0).click();
    await panel.locator('svg path[fill="var(--vscode-charts-blue)"]').first().waitFor();
    await steps.nth(0).getByRole('button', { name: 'Open Sample' }).click();
    await panel.locator('.chip').getByText('tired', { exact: true }).waitFor({ timeout: 60_000 });
    await workbench.tab('Welcome').click();
    await steps.nth(0).locator('[aria-checked="true"]').waitFor();
  });

  it('violates no content security policy', () => {
    assert.deepEqual(stage.workbench.violations, []);
  });
});
