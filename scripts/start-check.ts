// Does without a window what `npm start` does: opens the sample, selects its first sentence, runs Analyze Selection as a
// person would, waits for the painted matrix, and leaves a screenshot and a printed summary.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { outputDir, root, sampleDir } from './lib/paths.mjs';
import { run } from './lib/processes.mjs';
import { AttentionPage } from './vscode/attentionPage';
import { launchBrowser } from './vscode/browser';
import { startServer } from './vscode/server';
import { Workbench } from './vscode/workbench';

const SAMPLE = 'sentences.md';
const MODEL = 'pocket-bert';

async function main(): Promise<number> {
  const lines = (await readFile(path.join(sampleDir, SAMPLE), 'utf8')).split('\n');
  const index = lines.findIndex((line) => /^[A-Z].*\.$/.test(line));
  const screenshot = path.join(outputDir, 'start.png');
  await mkdir(outputDir, { recursive: true });
  await analyzeLine(index + 1, screenshot);
  const args = ['dist/cli.js', 'attention', '--model', MODEL, '--text', lines[index] ?? ''];
  const code = await run(process.execPath, args, { cwd: root });
  console.log(`\nstart: the panel in VS Code is in ${path.relative(root, screenshot)}`);
  return code;
}

async function analyzeLine(line: number, screenshot: string): Promise<void> {
  console.log('start: opening a VS Code server in a headless browser');
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const workbench = await Workbench.open(browser, { server, folder: sampleDir, extension: root });
    try {
      await workbench.openFile(SAMPLE);
      await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
      await workbench.selectLine(line);
      await workbench.chooseFromContextMenu('Analyze Selection');
      await new AttentionPage(workbench).painted();
    } finally {
      await workbench.screenshot(screenshot);
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(`start: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  },
);
