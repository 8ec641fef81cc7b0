/**
 * The anatomy panel against Netron on the same ONNX files in one Chromium and one run: time from opening the page to the
 * first picture, boxes in it, its height, memory of the page, and bytes read of the file. Netron's web application is
 * taken from its Python package, unpacked into the temporary folder for this run (`python3 -m pip` is needed).
 * `npx tsx test/bench/netron.bench.ts [PYTHON]`; with --write, into test/bench/netron.md.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser';
import { blockDiagram } from '../../src/anatomy/blocks';
import { parametersByKind, sizesByPrecision } from '../../src/anatomy/compare';
import { openSource } from '../../src/anatomy/open';
import type { ByteSource } from '../../src/anatomy/source';
import { openLocal, siblingsOf } from '../../src/anatomy/source';
import type { AnatomySnapshot } from '../../src/shared/anatomyProtocol';
import { bundlePanel } from '../webview/support/bundle';
import { servePanel } from '../webview/support/server';
import { writeLargeModel } from './support/largeModel';

const ROOT = join(__dirname, '../..');
const ROUNDS = 3;
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

interface Opening {
  ms: number;
  boxes: number;
  /** Of the whole picture, in CSS pixels at its natural size. */
  height: number;
  /** JavaScript heap and array buffers of the page after a collection, in MB. */
  memory: number;
  /** Bytes read of the model's file. */
  read: number;
}

/** Opens pages in fresh contexts, so that nothing is cached. */
async function inFreshPage(browser: Browser, run: (page: Page) => Promise<Opening>): Promise<Opening> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  try {
    return await run(await context.newPage());
  } finally {
    await context.close();
  }
}

async function memoryOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const usage = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  return (usage.usedSize + (usage.backingStorageSize ?? 0)) / 1e6;
}

/** Evaluates by the browser's own protocol: Netron takes `eval` away, which the page's ordinary way needs. */
async function evaluate(page: Page, expression: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const options = { expression, awaitPromise: true, returnByValue: true };
  const { result } = await session.send('Runtime.evaluate', options);
  return Number(result.value);
}

const painted = (page: Page) =>
  evaluate(page, 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))');

/** The panel as VS Code shows it; its host's end reads the file when the panel says that it is ready. */
async function openPanel(browser: Browser, origin: string, path: string): Promise<Opening> {
  return inFreshPage(browser, async (page) => {
    let read = 0;
    await page.exposeFunction('modelFor', async () => {
      const opened = await snapshotOf(path, (bytes) => (read += bytes));
      return JSON.stringify({ type: 'event', name: 'snapshot', body: opened });
    });
    await page.addInitScript(`window.acquireVsCodeApi = () => ({
      getState: () => undefined, setState: () => {},
      postMessage: async (message) => { if (message.name === 'ready') window.postMessage(JSON.parse(await window.modelFor()), '*'); },
    })`);
    const start = performance.now();
    await page.goto(origin);
    await page.locator('[role=treeitem]').first().waitFor();
    await painted(page);
    const ms = performance.now() - start;
    const boxes = await page.locator('[role=treeitem]').count();
    const height = await evaluate(
      page,
      `document.querySelector('[role=tree] > g:last-of-type').getBBox().height`,
    );
    return { ms, boxes, height, memory: await memoryOf(page), read };
  });
}

async function snapshotOf(path: string, count: (bytes: number) => void): Promise<AnatomySnapshot> {
  const file = await openLocal(path);
  const source: ByteSource = {
    ...{ name: file.name, size: file.size },
    read: (offset, length, signal) => (count(length), file.read(offset, length, signal)),
    close: () => file.close(),
  };
  const { anatomy, close } = await openSource(source, siblingsOf(path));
  await close();
  const model = {
    ...{ key: 'bench', anatomy, diagram: blockDiagram(anatomy), sizes: sizesByPrecision(anatomy) },
    ...{ kinds: parametersByKind(anatomy), hasWeights: true, hasAttention: true },
  };
  return { model, busy: null, error: null, stale: false, others: [], comparison: [] };
}

async function openNetron(browser: Browser, application: string, path: string): Promise<Opening> {
  const server = await serveNetron(application, path);
  try {
    return await inFreshPage(browser, async (page) => {
      // Netron asks for consent to cookies first; this is the answer.
      await page.context().addCookies([{ name: 'consent', value: '1', url: server.origin }]);
      await page.route(
        (url) => url.hostname !== '127.0.0.1',
        (route) => route.abort(),
      );
      const start = performance.now();
      await page.goto(`${server.origin}/index.html?url=${server.origin}/model.onnx`);
      await page.locator('body.default g.node').first().waitFor({ state: 'attached', timeout: 240_000 });
      await painted(page);
      const ms = performance.now() - start;
      const boxes = await page.locator('g.node').count();
      const height = await evaluate(
        page,
        `document.querySelector('#canvas, #target svg, svg').getBBox().height`,
      );
      return { ms, boxes, height, memory: await memoryOf(page), read: server.read() };
    });
  } finally {
    await server.close();
  }
}

/** Netron's files and the model, as its own server gives them; counts the model's bytes. */
async function serveNetron(application: string, path: string) {
  let read = 0;
  const size = (await stat(path)).size;
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://netron').pathname.slice(1);
    if (name === 'model.onnx') {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size });
      if (request.method === 'HEAD') return void response.end();
      const file = createReadStream(path);
      file.on('data', (part) => (read += part.length));
      return void file.pipe(response);
    }
    readFile(join(application, name)).then(
      (body) => response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'text/plain' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    read: () => read,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** Unpacks Netron's newest release into a folder; its version. */
function installNetron(folder: string, python: string): { application: string; version: string } {
  execFileSync(python, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, 'netron']);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error('pip left no package.');
  execFileSync(python, ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  return { application: join(folder, 'netron'), version: wheel.split('-')[1] ?? '' };
}

function median(openings: readonly Opening[], of: keyof Opening): number {
  return openings.map((one) => one[of]).sort((a, b) => a - b)[openings.length >> 1] as number;
}

function rowsFor(name: string, ours: readonly Opening[], theirs: readonly Opening[]): string[] {
  const row = (what: string, of: keyof Opening, show: (value: number) => string) =>
    `| ${name}: ${what} | ${show(median(ours, of))} | ${show(median(theirs, of))} |`;
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  return [
    row('time to the first picture', 'ms', (ms) => `${whole(ms)} ms`),
    row('boxes in it', 'boxes', whole),
    row('height of the picture', 'height', (height) => `${whole(height)} px`),
    row('memory of the page', 'memory', (mb) => `${mb.toFixed(1)} MB`),
    row('read of the file', 'read', (bytes) => `${(bytes / 1e6).toFixed(2)} MB`),
  ];
}

async function main(python: string, write: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'netron-bench-'));
  const panel = await servePanel(await bundlePanel('anatomy'), 'anatomy');
  const browser = await launchBrowser();
  try {
    const { application, version } = installNetron(folder, python);
    if (!existsSync(join(application, 'index.html'))) throw new Error('Netron has no index.html.');
    const large = await writeLargeModel(folder, { layers: 12, width: 768, external: false });
    const megabytes = Math.round((await stat(large)).size / 1e6);
    const files: [name: string, path: string][] = [
      ['pocket-bert, 6 MB', join(ROOT, 'models/pocket-bert/onnx/model.onnx')],
      [`12 layers of width 768, ${megabytes} MB`, large],
    ];
    const lines = ['| what | Transformer Probe | Netron |', '| --- | --- | --- |'];
    for (const [name, path] of files) {
      const ours: Opening[] = [];
      const theirs: Opening[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await openPanel(browser, panel.origin, path));
        theirs.push(await openNetron(browser, application, path));
      }
      lines.push(...rowsFor(name, ours, theirs));
    }
    const load = loadavg()[0]?.toFixed(1);
    lines.push(
      '',
      `Median of ${ROUNDS}, Netron ${version} in the same Chromium ${browser.version()}, each time a fresh page from a local server without a network; the process that reads the header for the panel is not in its memory. ${cpus().length} cores, load average ${load} (\`test/bench/netron.bench.ts\`).`,
    );
    console.log(lines.join('\n'));
    if (write) writeFileSync(join(__dirname, 'netron.md'), `${lines.join('\n')}\n`);
  } finally {
    await browser.close();
    await panel.close();
    await rm(folder, { recursive: true });
  }
}

const [python = 'python3'] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
void main(python, process.argv.includes('--write'));
