import * as vscode from 'vscode';
import type { TransformerProbeApi } from '../../../src/extension';
import { REPORT_PREFIX } from '../../vscode/suite/report';

const TOKENS = 256;
const ROUNDS = 5;

interface ThreadCpu {
  threadCpuUsage(): { user: number; system: number };
}

/**
 * Called by VS Code in the extension host. Milliseconds of activation (loading the code and `activate()`), and the
 * longest time that the host's thread was busy in one piece during analyses of 256 tokens. Busy time is the thread's CPU
 * time between two ticks of a 1 ms timer, so that other load on the machine does not count.
 */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<TransformerProbeApi>(
    'transformer-probe.transformer-probe',
  );
  if (!extension) throw new Error('The extension is not there.');
  const started = performance.now();
  const cpu = threadCpu();
  const { session } = await extension.activate();
  say(
    `activation: ${(threadCpu() - cpu).toFixed(1)} ms CPU, ${(performance.now() - started).toFixed(1)} ms wall`,
  );
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
        `longest slice of the host's thread ${busy().toFixed(1)} ms CPU`,
    );
  }
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
