import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Frame, Locator } from 'playwright-core';
import { root } from '../../../scripts/lib/paths.mjs';
import { launchBrowser } from '../../../scripts/vscode/browser';
import { startServer, type VSCodeServer } from '../../../scripts/vscode/server';
import { THEMES, Workbench } from '../../../scripts/vscode/workbench';
import { picture } from './support';

/** The frame of the webview that shows this, whichever of those on the screen that is. */
async function frameWith({ page }: Workbench, selector: string): Promise<Frame> {
  for (;;) {
    for (const frame of page.frames()) {
      const count = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (count > 0) return frame;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the anatomy of a model file', { timeout: 240_000 }, () => {
  let folder: string;
  let server: VSCodeServer;
  let browser: Browser;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'anatomy-flow-'));
    await cp(path.join(root, 'test/fixtures/models/bert-eager'), folder, { recursive: true });
    await writeFile(path.join(folder, 'broken.onnx'), 'This is no model.');
    server = await startServer();
    browser = await launchBrowser();
    workbench = await Workbench.open(browser, { server, folder, extension: root });
  });
  afterEach((context) => picture((context as TestContext).name, { workbench }));
  after(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const explorerRow = (name: string): Locator =>
    workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  const viewRow = (name: string | RegExp): Locator =>
    workbench.page.locator('[id="workbench.view.extension.transformerProbe"] .monaco-list-row', {
      hasText: name,
    });

  it('opens with a click, as a diagram of few boxes', async () => {
    await explorerRow('onnx').first().click();
    await explorerRow('model.onnx').dblclick();
    await workbench.tab('model.onnx').waitFor();
    const frame = await frameWith(workbench, 'svg [role="treeitem"][data-id="block"]');
    const boxes = await frame.locator('svg [role="treeitem"]').count();
    assert.ok(boxes >= 4 && boxes <= 20, `${boxes} boxes`);
    await frame.getByText('45,472').first().waitFor();
  });

  it('leads from a block to its tensors', async () => {
    const frame = await frameWith(workbench, 'svg [role="treeitem"][data-id="block"]');
    await frame.locator('svg [data-id="block"]').first().click();
    await frame.getByText('Show Tensors').click();
    await frame.getByText('bert.encoder.layer.1.attention.self.query.bias').first().waitFor();
  });

  it('is also a tree in the side bar', async () => {
    await workbench.page.locator('.activitybar [aria-label^="Transformer Probe"]').first().click();
    await viewRow(/^Block ×2/)
      .first()
      .waitFor();
    await viewRow('Embeddings').first().waitFor();
  });

  it('leads from a block to the attention of its layer', async () => {
    const frame = await frameWith(workbench, 'main.panel .diagram-window');
    await frame.getByRole('tab', { name: 'Diagram' }).click();
    await frame.locator('svg [data-id="block"]').first().click();
    await frame.getByLabel('Layer').selectOption('1');
    await frame.getByText('Show Attention of Layer 1').click();
    const attention = await frameWith(workbench, 'section.matrix[aria-busy="false"][data-run] canvas');
    const heading = attention.locator('section.matrix h2', { hasText: 'layer 1' });
    await heading.waitFor();
  });

  it('says what is wrong with a file that is no model', async () => {
    await workbench.runCommand('View: Show Explorer');
    await explorerRow('broken.onnx').click();
    await workbench.tab('broken.onnx').waitFor();
    const frame = await frameWith(workbench, '[role="alert"]:has-text("broken.onnx")');
    assert.equal(await frame.locator('svg [role="treeitem"]').count(), 0);
  });

  for (const theme of Object.keys(THEMES) as (keyof typeof THEMES)[]) {
    it(`is shown in the ${theme} theme`, async () => {
      // From the list, which keeps the focus: a page that takes it would close the palette.
      await explorerRow('model.onnx').click();
      await workbench.setTheme(theme);
      const frame = await frameWith(workbench, 'svg [role="treeitem"][data-id="block"]');
      await frame.locator(`body[data-vscode-theme-kind="vscode-${theme}"]`).waitFor();
    });
  }

  it('comes back after a reload, where the user was', async () => {
    await explorerRow('model.onnx').click();
    const before = await frameWith(workbench, 'svg [role="treeitem"][data-id="block"]');
    await before.locator('svg [data-id="block"]').first().click();
    await before.locator('svg .selected[data-id="block"]').waitFor();
    await workbench.reloadWindow();
    const frame = await frameWith(workbench, 'svg .selected[data-id="block"]');
    await frame.getByText('45,472').first().waitFor();
    assert.deepEqual(workbench.violations, []);
  });
});
