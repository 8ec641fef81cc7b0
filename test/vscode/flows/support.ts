import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { outputDir, root, sampleDir } from '../../../scripts/lib/paths.mjs';
import { AttentionPage } from '../../../scripts/vscode/attentionPage';
import { launchBrowser } from '../../../scripts/vscode/browser';
import { startServer, type ServerOptions, type VSCodeServer } from '../../../scripts/vscode/server';
import { Workbench } from '../../../scripts/vscode/workbench';

/** Line of sentences.md, from 1, with the first sentence. */
export const SENTENCE_LINE = 7;
export const SENTENCE = "The animal didn't cross the street because it was too tired.";

const KEPT_TIMEOUT_MS = 10_000;

/** A VS Code server, a browser on it and the extension in it, for all tests of a file. */
export interface Stage {
  server: VSCodeServer;
  workbench: Workbench;
  panel: AttentionPage;
  close(): Promise<void>;
}

/**
 * The extension is this repository, or what the packages to install bring; `folder` is what is opened, a folder with the
 * sample's files.
 */
export async function openStage(options: ServerOptions = {}, folder = sampleDir): Promise<Stage> {
  const extension = options.packages ? undefined : root;
  const server = await startServer(options);
  const browser = await launchBrowser();
  try {
    const workbench = await Workbench.open(browser, { server, folder, extension });
    const stage = {
      server,
      workbench,
      panel: new AttentionPage(workbench),
      close: () => close(browser, server),
    };
    await workbench.openFile('sentences.md').finally(() => picture('opening', stage));
    return stage;
  } catch (error) {
    await close(browser, server);
    throw error;
  }
}

async function close(browser: Browser, server: VSCodeServer): Promise<void> {
  await browser.close();
  await server.stop();
}

/** Selects a sentence of the sample and analyses it from the context menu, until its matrix is on the screen. */
export async function analyzeSentence({ workbench, panel }: Stage, line = SENTENCE_LINE): Promise<void> {
  const before = await panel.runId();
  await workbench.selectLine(line);
  await workbench.chooseFromContextMenu('Analyze Selection');
  await panel.painted(before);
}

/** Leaves a picture of how things stand, for whoever looks into a failure. */
export async function picture(name: string, { workbench }: Pick<Stage, 'workbench'>): Promise<void> {
  const folder = path.join(outputDir, 'flows');
  await mkdir(folder, { recursive: true });
  await workbench.screenshot(path.join(folder, `${name.replaceAll(/\W+/g, '-')}.png`));
}

/** How many results are kept on the server's disk: each analysis leaves one, a little after it is on the screen. */
export async function keptResults({ server }: Stage): Promise<number> {
  const files = await readdir(server.dataDir, { recursive: true });
  return files.filter((file) => /[\\/]results[\\/][\w-]+\.json$/.test(file)).length;
}

/** Waits until so many results are kept. */
export async function untilKept(stage: Stage, count: number): Promise<void> {
  for (const end = Date.now() + KEPT_TIMEOUT_MS; (await keptResults(stage)) !== count;) {
    if (Date.now() > end) assert.equal(await keptResults(stage), count, 'results that are kept');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** The inference processes of a server's extension hosts. */
export function inferenceProcesses({ server }: Stage): number[] {
  const all = listProcesses();
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number | undefined): boolean =>
    pid === server.pid || (pid !== undefined && isBelow(parents.get(pid)));
  return all
    .filter(({ pid, command }) => command.includes(path.join('dist', 'inference.js')) && isBelow(pid))
    .map(({ pid }) => pid);
}

function listProcesses(): Process[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), command: command.join(' ') };
  });
}
