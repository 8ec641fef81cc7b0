import { Module } from 'node:module';
import * as vscode from 'vscode';
import type { TransformerProbeApi } from '../../../src/extension';
import { REPORT_PREFIX } from '../../vscode/suite/report';

const TOKENS = 256;
const ROUNDS = 5;
/** Views of the side bar, which read when they are first looked at. */
const VIEWS = ['models', 'anatomy', 'probes', 'results'];
/** The most that activation, and any piece of work on the host's thread, may take: milliseconds of its CPU time. */
const BUDGET_MS = 50;

interface ThreadCpu {
  threadCpuUsage(): { user: number; system: number };
}

type Exports = Record<string, unknown> & { activate(context: vscode.ExtensionContext): TransformerProbeApi };
interface LoadingModule {
  _load(request: string, ...rest: unknown[]): unknown;
}

/**
 * Called by VS Code in the extension host. Milliseconds of loading the code and of `activate()`, and the longest time that the host's thread was busy in one piece during analyses of 256 tokens and while views are opened. Busy time is the thread's CPU
 * time between two ticks of a 1 ms timer, so that other load on the machine does not count.
 */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<TransformerProbeApi>(
    'transformer-probe.transformer-probe',
  );
  if (!extension) throw new Error('The extension is not there.');
  timeLoading();
  const { session } = await extension.activate();
  say(`inference process after activation: ${String((await extension.activate()).inference.pid ?? 'none')}`);

  const text = Array.from({ length: TOKENS - 2 }, () => 'the').join(' ');
  const document = await vscode.workspace.openTextDocument({ content: text });
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(document.positionAt(0), document.positionAt(text.length));
  for (let round = 0; round < ROUNDS; round++) {
    const busy = longestSlice();
    const start = performance.now();
    await vscode.commands.executeCommand('transformerProbe.analyzeSelection');
    const took = performance.now() - start;
    // The panel asks for its pictures after the command's end.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { result, error } = session.snapshot();
    if (!result) throw new Error(error?.message ?? 'There is no result.');
    const { openMs, tokenizeMs, runMs } = result.timing;
    say(
      `analysis ${round + 1} of ${result.tokens.length} tokens: ${took.toFixed(0)} ms wall ` +
        `(open ${openMs.toFixed(0)}, tokens ${tokenizeMs.toFixed(0)}, run ${runMs.toFixed(0)}), ` +
        `longest slice of the host's thread ${within('the longest slice', busy()).toFixed(1)} ms CPU`,
    );
  }
  for (const view of VIEWS) {
    const busy = longestSlice();
    await vscode.commands.executeCommand(`transformerProbe.${view}.focus`);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    say(
      `view ${view}: longest slice of the host's thread ${within(`the view ${view}`, busy()).toFixed(1)} ms CPU`,
    );
  }
  if (over.length > 0) throw new Error(`Over the budget of ${BUDGET_MS} ms: ${over.join(', ')}.`);
}

/** What took longer than it may. */
const over: string[] = [];

function within(what: string, milliseconds: number): number {
  if (milliseconds > BUDGET_MS) over.push(`${what} ${milliseconds.toFixed(1)} ms`);
  return milliseconds;
}

/** Times the loading of the extension's code and its `activate()` as VS Code calls them. */
function timeLoading(): void {
  const loader = Module as unknown as LoadingModule;
  const load = loader._load;
  loader._load = function (request, ...rest) {
    if (!/[\\/]dist[\\/]extension(\.js)?$/.test(request)) return load.call(this, request, ...rest);
    const exports = timed('loading the code', () => load.call(this, request, ...rest)) as Exports;
    return {
      ...exports,
      activate: (context: vscode.ExtensionContext) => timed('activate()', () => exports.activate(context)),
    };
  };
}

function timed<T>(what: string, work: () => T): T {
  const [wall, cpu] = [performance.now(), threadCpu()];
  const result = work();
  say(
    `${what}: ${(performance.now() - wall).toFixed(1)} ms wall, ${within(what, threadCpu() - cpu).toFixed(1)} ms CPU`,
  );
  return result;
}

/** Starts ticking; the returned function stops it and says the longest busy slice in milliseconds. */
function longestSlice(): () => number {
  let longest = 0;
  let last = threadCpu();
  const timer = setInterval(() => {
    const now = threadCpu();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** CPU milliseconds of this thread so far. */
function threadCpu(): number {
  const { user, system } = (process as unknown as ThreadCpu).threadCpuUsage();
  return (user + system) / 1000;
}

function say(line: string): void {
  console.log(REPORT_PREFIX + line);
}
