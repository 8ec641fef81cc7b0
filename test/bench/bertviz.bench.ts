/**
 * The panel against BertViz: the same weights and tokens, 12 layers x 12 heads, in the same browser, one after the other.
 * Prints a table, and writes it to test/bench/bertviz.md with --write.
 *   BERTVIZ_PYTHON=python with bertviz, BERTVIZ_WEB=folder with node_modules of jquery@2, d3@5 and requirejs
 *   npx tsx test/bench/bertviz.bench.ts [--write] [--patience 180] [--most 512]
 * --patience: seconds that each of BertViz's pages is given to draw all its lines; then its browser is closed, and the table
 * says so. --most: the longest text that BertViz is given at all.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser';
import { paintThumbnails, planOverview } from '../../src/inference/tiles';
import type { AttentionResult } from '../../src/shared/attention';
import { Workbench } from '../webview/support/panelPage';
import type { Answers } from '../webview/support/panelPage';
import { makeSample } from '../webview/support/samples';

const LENGTHS = [64, 128, 256, 512];
const LAYERS = 12;
const HEADS = 12;
/** Layers that are gone to: none is a neighbor of the one before, so that none was fetched ahead. */
const JUMPS = [5, 2, 9, 4, 11, 7, 1];
/** After a browser has started it is busy with itself for a while. */
const QUIET_MS = 1500;
const DEFAULT_PATIENCE_S = 180;

/** Milliseconds on the clock, and of CPU time of the page's own thread: what other load does not add to. */
interface Duration {
  clock: number;
  cpu: number;
}

declare global {
  interface Window {
    /** When it was first there, in milliseconds since navigation began. */
    painted: { overview?: number; matrix?: number };
  }
}

interface Figures {
  /** `both` is the time until the chosen head's own matrix is there, too. */
  picture: Duration & { both?: number };
  layer: Duration | null;
  hover: number | null;
  memory: number;
  bytes: number;
}

interface Input {
  result: AttentionResult;
  /** [heads, queries, keys] of each layer. */
  layers: Float32Array[];
}

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean' },
    most: { type: 'string', default: '512' },
    patience: { type: 'string', default: String(DEFAULT_PATIENCE_S) },
  },
});
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function inputOf(tokens: number): Input {
  const words = Array.from({ length: tokens - 2 }, (_, i) => `w${i % 97}`);
  const { result, weights } = makeSample({ text: words.join(' '), layers: LAYERS, heads: HEADS });
  if (result.tokens.length !== tokens) throw new Error(`${result.tokens.length} tokens instead of ${tokens}`);
  const layers = result.layers.map(({ kind, layer, heads, queries, keys }) => {
    const all = new Float32Array(heads * queries * keys);
    for (let head = 0; head < heads; head++) all.set(weights({ kind, layer, head }), head * queries * keys);
    return all;
  });
  return { result, layers };
}

/** What the inference process answers, with its own code, counted in bytes. */
function answersOf({ result, layers }: Input, count: (bytes: number) => void): Answers {
  const { queries, keys } = result.layers[0] as AttentionResult['layers'][number];
  return {
    overview: ({ side }) => {
      const overview = planOverview(result.layers, side);
      layers.forEach((weights, index) => paintThumbnails(overview, index, weights));
      count(overview.bytes.length);
      return overview;
    },
    head: ({ kind, layer, head }) => {
      const size = queries * keys;
      const weights = (layers[layer] as Float32Array).slice(head * size, (head + 1) * size);
      count(weights.byteLength);
      return { kind, layer, head, queries, keys, weights };
    },
  };
}

async function measurePanel(input: Input): Promise<Figures> {
  const bench = await Workbench.start({ minify: true });
  await sleep(QUIET_MS);
  let bytes = JSON.stringify(input.result).length;
  const snapshot = { result: input.result, busy: null, error: null, stale: false, linked: true };
  const requests = answersOf(input, (more) => (bytes += more));
  const panel = await bench.open({ snapshot, requests, before: watchPanel });
  await panel.page.waitForFunction(() => window.painted?.matrix);
  const cpu = await pageCpu(bench.browser);
  const { overview: clock = NaN, matrix: both = NaN } = await panel.page.evaluate(() => ({
    ...window.painted,
  }));
  const picture = { clock, both, cpu };
  const sent = bytes;
  const layer = await durationOf(bench.browser, JUMPS, (to) => panel.page.evaluate(switchPanelLayer, to));
  const hover = await panel.page.evaluate(hoverPanel);
  const memory = await rendererMemory(bench.browser);
  await bench.stop();
  return { picture, layer, hover, memory, bytes: sent };
}

/** Runs in the page, before the panel: notes the frames in which all heads, and the chosen one's matrix, are there. */
function watchPanel(): void {
  window.painted = {};
  const look = (now: number) => {
    if (document.querySelectorAll('.head').length === 144) window.painted.overview ??= now;
    const matrix = document.querySelector('.matrix[data-run][aria-busy="false"] .chart canvas');
    if (window.painted.overview && matrix) window.painted.matrix = now;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Median time on the clock of what the page measures itself, and the mean of its CPU time. */
async function durationOf<T>(
  browser: Browser,
  rounds: T[],
  measure: (round: T) => Promise<number>,
): Promise<Duration> {
  const before = await pageCpu(browser);
  const times: number[] = [];
  for (const round of rounds) times.push(await measure(round));
  return { clock: median(times), cpu: ((await pageCpu(browser)) - before) / rounds.length };
}

/** Runs in the page: from the click on a head of another layer to its picture. */
async function switchPanelLayer(layer: number): Promise<number> {
  const heading = document.querySelector('.matrix h2') as HTMLElement;
  const matrix = document.querySelector('.matrix') as HTMLElement;
  const before = heading.textContent;
  const start = performance.now();
  document.querySelector<HTMLElement>(`[data-layer="${layer}"][data-head="0"]`)?.click();
  do await new Promise(requestAnimationFrame);
  while (heading.textContent === before || matrix.getAttribute('aria-busy') === 'true');
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}

/** Runs in the page: work that one move of the pointer over the matrix makes, handlers and the frame after them. */
async function hoverPanel(): Promise<number> {
  const canvas = document.querySelector('.chart canvas') as HTMLElement;
  const box = canvas.getBoundingClientRect();
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    let frameStart = 0;
    requestAnimationFrame(() => (frameStart = performance.now()));
    const start = performance.now();
    const at = { clientX: box.left + 150 + 7 * i, clientY: box.top + 150 + 5 * i, bubbles: true };
    canvas.dispatchEvent(new PointerEvent('pointermove', at));
    canvas.dispatchEvent(new MouseEvent('mousemove', at));
    await Promise.resolve();
    await Promise.resolve();
    const handlers = performance.now() - start;
    const frame = await new Promise<number>((done) =>
      requestAnimationFrame(() => done(performance.now() - frameStart)),
    );
    times.push(handlers + frame);
  }
  return times.sort((a, b) => a - b)[10] as number;
}

/** BertViz's figures; a text where a page was not drawn in the time that it is given. */
async function measureBertviz(input: Input, python: string, web: string): Promise<Figures | string> {
  const length = input.result.tokens.length;
  const folder = mkdtempSync(join(tmpdir(), 'bertviz-'));
  try {
    const whole = Buffer.concat(input.layers.map((layer) => Buffer.from(layer.buffer)));
    writeFileSync(join(folder, 'weights.bin'), whole);
    writeFileSync(join(folder, 'tokens.json'), JSON.stringify(input.result.tokens.map(({ text }) => text)));
    const script = join(import.meta.dirname, 'bertviz_pages.py');
    execFileSync(python, [script, join(folder, 'weights.bin'), join(folder, 'tokens.json'), folder]);
    const model = await openBertviz(
      join(folder, `model-${length}.html`),
      web,
      LAYERS * HEADS * length * length,
    );
    const head = await openBertviz(join(folder, `head-${length}.html`), web, HEADS * length * length, true);
    return { ...model, layer: head.layer, hover: head.hover };
  } catch (error) {
    // A page that runs out of memory is closed by the browser: that is a finding, too.
    const name = error instanceof Error ? error.name : '';
    const [line = ''] = error instanceof Error ? error.message.split('\n') : [];
    if (name === 'TimeoutError') return `not finished within ${options.patience} s`;
    if (/crash|closed/i.test(line)) return `not finished: ${line}`;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Opens a page of BertViz's with its libraries from disk, and waits until all its lines are there. */
async function openBertviz(file: string, web: string, lines: number, acts = false): Promise<Figures> {
  const browser = await launchBrowser();
  try {
    return await Promise.race([drawnPage(browser, file, web, lines, acts), outOfPatience()]);
  } finally {
    // A frozen page does not answer; its process goes with the browser's.
    await browser.close();
  }
}

/** What a frozen page is asked has no time limit of its own: as long again as drawing may take. */
async function outOfPatience(): Promise<never> {
  await sleep(2000 * Number(options.patience), undefined, { ref: false });
  throw Object.assign(new Error('The page does not answer.'), { name: 'TimeoutError' });
}

async function drawnPage(
  browser: Browser,
  file: string,
  web: string,
  lines: number,
  acts: boolean,
): Promise<Figures> {
  await sleep(QUIET_MS);
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const timeout = 1000 * Number(options.patience);
  const end = Date.now() + timeout;
  page.setDefaultTimeout(timeout);
  await serveLibraries(page, web);
  await page.goto(pathToFileURL(file).href, { timeout });
  // Lines of weight 0 may be left out, so nearly all will do.
  await page.waitForFunction(
    (wanted) => document.getElementsByTagName('line').length >= wanted,
    0.9 * lines,
    { timeout: Math.max(1, end - Date.now()) },
  );
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const clock = await page.evaluate(() => performance.now());
  const picture = { clock, cpu: await pageCpu(browser) };
  const layer = acts ? await durationOf(browser, [1], (to) => page.evaluate(switchBertvizLayer, to)) : null;
  const hover = acts ? await page.evaluate(hoverBertviz) : null;
  const memory = await rendererMemory(browser);
  return { picture, layer, hover, memory, bytes: statSync(file).size };
}

async function serveLibraries(page: Page, web: string): Promise<void> {
  const files: [pattern: string, file: string][] = [
    ['**/require.min.js', 'requirejs/require.js'],
    ['**/d3.min.js', 'd3/dist/d3.min.js'],
    ['**/jquery.min.js', 'jquery/dist/jquery.min.js'],
  ];
  for (const [pattern, file] of files) {
    const body = readFileSync(join(web, 'node_modules', file));
    await page.route(pattern, (route) => route.fulfill({ body, contentType: 'text/javascript' }));
  }
}

async function switchBertvizLayer(layer: number): Promise<number> {
  const select = document.querySelector('#layer') as HTMLSelectElement;
  const start = performance.now();
  select.selectedIndex = layer;
  select.dispatchEvent(new Event('change', { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}

async function hoverBertviz(): Promise<number> {
  const tokens = [...document.querySelectorAll('#leftText rect, #left rect, svg text')].slice(4, 12);
  const times: number[] = [];
  for (const token of tokens) {
    const start = performance.now();
    token.parentElement?.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[4] as number;
}

/** Resident memory of the page's own process, in MB. */
async function rendererMemory(browser: Browser): Promise<number> {
  return (await pageProcess(browser)).memory;
}

/** CPU time of the page's own thread so far, in milliseconds. */
async function pageCpu(browser: Browser): Promise<number> {
  const { id } = await pageProcess(browser);
  // Nanoseconds on a CPU, nanoseconds in the queue, turns.
  return Number(readFileSync(`/proc/${id}/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** The page's process: the largest of the renderers, of which Chromium keeps a spare. */
async function pageProcess(browser: Browser): Promise<{ id: number; memory: number }> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => ({
      id,
      memory: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    }));
  const [largest] = renderers.sort((a, b) => b.memory - a.memory);
  if (!largest) throw new Error('The browser has no page.');
  return largest;
}

const seconds = (value: number) => `${(value / 1000).toFixed(2)} s`;
const ms = (value: number) => (value < 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`);
const mb = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} MB`;

function row(length: number, name: string, figures: Figures | string | null, times = ''): string {
  if (!figures) return `| ${length} | ${name} | not run in this measurement | | | | |`;
  if (typeof figures === 'string') return `| ${length} | ${name} | ${figures} | | | | |`;
  const { picture, layer, hover, memory, bytes } = figures;
  const both = picture.both === undefined ? '' : `, with the first matrix ${seconds(picture.both)}`;
  const pictures = `${seconds(picture.clock)}${both} (${seconds(picture.cpu)})${times}`;
  const layers = layer ? `${ms(layer.clock)} (${ms(layer.cpu)})` : 'none';
  return `| ${length} | ${name} | ${pictures} | ${layers} | ${hover === null ? 'none' : ms(hover)} | ${mb(memory)} | ${mb(bytes / 1e6)} |`;
}

async function main(): Promise<void> {
  const { BERTVIZ_PYTHON: python, BERTVIZ_WEB: web } = process.env;
  const lines = [
    '| tokens | what | time to picture | layer switch | hover | memory of the page | bytes sent |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const length of LENGTHS) {
    const input = inputOf(length);
    const ours = await measurePanel(input);
    const theirs =
      python && web && length <= Number(options.most) ? await measureBertviz(input, python, web) : null;
    lines.push(row(length, 'Transformer Probe', ours));
    lines.push(
      row(
        length,
        'BertViz',
        theirs,
        typeof theirs === 'object' && theirs
          ? `, ${Math.round(theirs.picture.clock / ours.picture.clock)} times ours`
          : '',
      ),
    );
    console.log(lines.slice(-2).join('\n'));
  }
  const about =
    `12 layers x 12 heads, the same weights and tokens, one headless Chromium without a GPU after the other, ${cpus().length} cores, ` +
    `load average ${(loadavg()[0] ?? 0).toFixed(1)}. Time to picture: from the start of navigation until all heads are painted (BertViz: its model view; ` +
    'layer switch and hover: its head view). Ours includes making the thumbnails. In brackets: CPU time of the page’s thread. Repeat: `test/bench/bertviz.bench.ts`.';
  if (options.write)
    writeFileSync(join(import.meta.dirname, 'bertviz.md'), `${lines.join('\n')}\n\n${about}\n`);
  else console.log(`\n${lines.join('\n')}\n\n${about}`);
}

void main();
