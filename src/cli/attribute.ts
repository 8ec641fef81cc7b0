import { attribute } from '../probes/attribution';
import type { AttributionRequest } from '../probes/attribution';
import type { AttributionResult } from '../shared/attribution';
import type { Inference } from '../shared/inference';
import { attributionLines } from './attributionText';
import { readInput } from './input';
import { atMostOne, parseOptions, usage, wholeNumber } from './options';
import { visible, writeFileFrom, writeTo } from './output';
import type { Terminal } from './terminal';
import { TEXT_OPTIONS, textChoice } from './textOptions';
import type { TextChoice } from './textOptions';

const OPTIONS = {
  ...TEXT_OPTIONS,
  target: { type: 'string' },
  'target-id': { type: 'string' },
  position: { type: 'string' },
  decoder: { type: 'string' },
  output: { type: 'string' },
  steps: { type: 'string' },
} as const;
type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values'];

/**
 * `transformer-probe attribute`: how much each token matters for a prediction, by seven methods, and how far they agree.
 * Ctrl+C stops it. Fails with a ProbeError; `usage` says what is wrong with the command line.
 */
export async function attributeCommand(
  argv: string[],
  inference: Inference,
  terminal: Terminal,
): Promise<void> {
  const { values } = parseOptions(argv, OPTIONS);
  const request = await requestOf(values, terminal);
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  const progress = new StageLine(terminal);
  try {
    const onProgress = ({ stage, done }: { stage: string; done: number }) => progress.show(stage, done);
    const result = await attribute(inference, request, { signal: stop.signal, onProgress });
    progress.clear();
    await write(result, values.json, terminal);
  } finally {
    progress.clear();
    process.off('SIGINT', onInterrupt);
  }
}

async function write(
  result: AttributionResult,
  json: string | undefined,
  { stdout }: Terminal,
): Promise<void> {
  if (json === undefined) {
    return writeTo(
      stdout,
      [...attributionLines(result)].map((line) => `${line}\n`),
    );
  }
  const text = `${JSON.stringify(result, null, 1)}\n`;
  await (json === '-' ? writeTo(stdout, [text]) : writeFileFrom(json, [text]));
}

async function requestOf(values: Values, { stdin }: Terminal): Promise<AttributionRequest> {
  atMostOne(values, ['target', 'target-id']);
  atMostOne(values, ['decoder', 'decoder-ids']);
  const { source, ...choice } = textChoice(values);
  return {
    ...choice,
    ...(await read(source, stdin)),
    choose: values.target ?? wholeNumber(values, 'target-id'),
    position: wholeNumber(values, 'position'),
    target: values.decoder,
    output: output(values),
    steps: steps(values),
  };
}

async function read(
  source: TextChoice['source'],
  stdin: Terminal['stdin'],
): Promise<Pick<AttributionRequest, 'segments' | 'ids'>> {
  if ('ids' in source) return source;
  if ('text' in source) return { segments: [{ text: source.text, offset: 0 }] };
  return { segments: [(await readInput(source.file, stdin)).segment] };
}

function output({ output: kind }: Values): AttributionRequest['output'] {
  if (kind === undefined || kind === 'logit' || kind === 'log-probability') return kind;
  throw usage('--output takes logit or log-probability.');
}

function steps(values: Values): number | undefined {
  const number = wholeNumber(values, 'steps');
  if (number === undefined || (number >= 1 && number <= 1024)) return number;
  throw usage('--steps takes a number of points from 1 to 1024.');
}

const ERASE_LINE = '\r\x1b[K';

/** A line of a terminal that says what is done now; nothing where standard error is no terminal. */
class StageLine {
  private isWritten = false;

  constructor(private readonly terminal: Pick<Terminal, 'stderr'>) {}

  show(stage: string, done: number): void {
    const { stderr } = this.terminal;
    if (!('isTTY' in stderr) || stderr.isTTY !== true) return;
    this.isWritten = true;
    stderr.write(`${ERASE_LINE}${Math.round(100 * done)} % ${visible(stage)}`);
  }

  clear(): void {
    if (this.isWritten) this.terminal.stderr.write(ERASE_LINE);
    this.isWritten = false;
  }
}
