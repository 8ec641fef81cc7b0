// Draws media/icon.png from media/icon.svg: the Marketplace and VS Code take no SVG.
//   node --import tsx scripts/icon.ts
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './lib/paths.mjs';
import { launchBrowser } from './vscode/browser';

const SIDE = 256;

async function main(): Promise<void> {
  const svg = await readFile(path.join(root, 'media', 'icon.svg'), 'utf8');
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: SIDE, height: SIDE } });
    await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
    const picture = await page.screenshot({ omitBackground: true });
    await writeFile(path.join(root, 'media', 'icon.png'), picture);
  } finally {
    await browser.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
