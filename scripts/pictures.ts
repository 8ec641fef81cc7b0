// Makes the pictures of the README and the walkthrough from the running extension: media/pictures/<name>.webp.
//   npm run pictures [-- NAME...]
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { root, sampleDir } from './lib/paths.mjs';
import { AttentionPage } from './vscode/attentionPage';
import { launchBrowser } from './vscode/browser';
import { startServer } from './vscode/server';
import { Workbench, type THEMES } from './vscode/workbench';

const FOLDER = path.join(root, 'media', 'pictures');
const QUALITY = 0.82;
const MOST_BYTES = 150_000;
/** Lines of sentences.md, from 1. */
const SENTENCE = 7;
/** What pocket-t5 should write for "street", to see where it was read from. */
const TRANSLATED = 'rue';

interface Stage {
  workbench: Workbench;
  panel: AttentionPage;
}

/** One picture: what is done before it is taken, of the whole window or of the panel. Scenes follow each other. */
interface Scene {
  name: string;
  theme: keyof typeof THEMES;
  of: 'window' | 'panel';
  act?(stage: Stage): Promise<void>;
}

const SCENES: Scene[] = [
  { name: 'window-dark', theme: 'dark', of: 'window' },
  { name: 'window-light', theme: 'light', of: 'window' },
  { name: 'window-high-contrast', theme: 'high-contrast', of: 'window' },
  { name: 'window-high-contrast-light', theme: 'high-contrast-light', of: 'window' },
  { name: 'lines', theme: 'dark', of: 'panel', act: showLines },
  { name: 'query-and-key', theme: 'light', of: 'panel', act: showTab('Query and Key', '.steps li') },
  { name: 'heads', theme: 'dark', of: 'panel', act: showTab('Heads', '.heads-table tbody tr') },
  { name: 'encoder-decoder', theme: 'light', of: 'panel', act: showEncoderDecoder },
];

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const viewport = { width: 1600, height: 900 };
    const workbench = await Workbench.open(browser, { server, folder: sampleDir, extension: root }, viewport);
    const stage = { workbench, panel: new AttentionPage(workbench) };
    await mkdir(FOLDER, { recursive: true });
    await openSample(stage);
    for (const scene of SCENES) await take(scene, stage, browser, positionals);
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function openSample(stage: Stage): Promise<void> {
  const { workbench } = stage;
  await workbench.openFile('sentences.md');
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await analyze(stage);
}

async function analyze({ workbench, panel }: Stage): Promise<void> {
  const before = await panel.runId();
  await workbench.focusEditor();
  await workbench.selectLine(SENTENCE);
  await workbench.runCommand('Transformer Probe: Analyze Selection');
  await panel.painted(before);
}

/** Acts in any case, because the next scene goes on from here; takes the picture where it is asked for. */
async function take(scene: Scene, stage: Stage, browser: Browser, wanted: string[]): Promise<void> {
  const { workbench, panel } = stage;
  await workbench.setTheme(scene.theme);
  await panel.frame.locator(`body[data-vscode-theme-kind="vscode-${scene.theme}"]`).waitFor();
  await scene.act?.(stage);
  if (wanted.length > 0 && !wanted.includes(scene.name)) return;
  await panel.frame.locator('main:not(:has(> .results [aria-busy="true"]:visible))').waitFor();
  // Nothing is to be hovered over.
  await workbench.page.mouse.move(0, 0);
  await setTimeout(1000);
  const clip = scene.of === 'panel' ? await panel.frame.owner().boundingBox() : null;
  const png = await workbench.page.screenshot(clip ? { clip } : {});
  const webp = await toWebp(browser, png);
  if (webp.length > MOST_BYTES) throw new Error(`${scene.name} has ${webp.length} bytes.`);
  const file = path.join(FOLDER, `${scene.name}.webp`);
  await writeFile(file, webp);
  console.log(`${path.relative(root, file)}: ${webp.length} bytes`);
}

/** Chromium's own encoder: no program and no package is needed for it. */
async function toWebp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  await page.setContent(`<img src="data:image/png;base64,${png.toString('base64')}">`);
  const url = await page.locator('img').evaluate(async (image: Picture, quality) => {
    await image.decode();
    const canvas = image.ownerDocument.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', quality);
  }, QUALITY);
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

async function showLines({ panel }: Stage): Promise<void> {
  await panel.openTab('Lines');
  await panel.frame.locator('.lines .head-chip', { hasText: '2' }).click();
  await panel.frame.locator('.line-scroll canvas').waitFor();
}

function showTab(name: string, ready: string) {
  return async ({ panel }: Stage): Promise<void> => {
    await panel.openTab(name);
    await panel.frame.locator(ready).first().waitFor();
  };
}

async function showEncoderDecoder(stage: Stage): Promise<void> {
  const { workbench, panel } = stage;
  await panel.openTab('Matrix');
  await workbench.runCommand('Transformer Probe: Choose Model…');
  await workbench.quickInputEntry('pocket-t5').click();
  await workbench.statusBar().getByText('pocket-t5').waitFor();
  await analyze(stage);
  await showTab('Encoder-Decoder', '.alignment tbody tr')(stage);
  const outputs = panel.frame.locator('.used .chips > *');
  const word = (await outputs.allInnerTexts()).findIndex((text) => text.includes(TRANSLATED));
  // A token is predicted by the row before it.
  if (word > 0) await outputs.nth(word - 1).click();
}

/** As much of an image and a canvas as is used in the page. */
interface Picture {
  naturalWidth: number;
  naturalHeight: number;
  decode(): Promise<void>;
  ownerDocument: {
    createElement(name: 'canvas'): {
      width: number;
      height: number;
      getContext(kind: '2d'): { drawImage(image: Picture, x: number, y: number): void };
      toDataURL(type: string, quality: number): string;
    };
  };
}

main().catch((error: unknown) => {
  console.error(`pictures: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
