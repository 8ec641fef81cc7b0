import { parseArgs } from 'node:util';
import { attribute } from '../probes/attribution';
import type { AttributionRequest } from '../probes/attribution';
import type { AttributionResult } from '../shared/attribution';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import { attributionLines } from './attributionText';
import { readInput } from './input';
import { suggestion } from './nearest';
import { visible, writeFileFrom, writeTo } from './output';
import type { Terminal } from './terminal';

const OPTIONS = {
  model: { type: 'string', short: 'm' },
  text: { type: 'string' },
  file: { type: 'string' },
  ids: { type: 'string' },
  target: { type: 'string' },
  'target-id': { type: 'string' },
  position: { type: 'string' },
  decoder: { type: 'string' },
  'decoder-ids': { type: 'string' },
  output: { type: 'string' },
  steps: { type: 'string' },
  window: { type: 'string' },
  json: { type: 'string' },
  first: { type: 'boolean' },
  // Takes effect by itself: an analysis never uses the network.
  offline: { type: 'boolean' },
} as const;
type Name = keyof typeof OPTIONS;
type Values = Partial<Record<Exclude<Name, 'first' | 'offline'>, string>> & { first?: boolean };

/**
 * `transformer-probe attribute`: how much each token matters for a prediction, by seven methods, and how far they agree.
 * Ctrl+C stops it. Fails with a ProbeError; `usage` says what is wrong with the command line.
 */
export async function attributeCommand(
  argv: string[],
  inference: Inference,
  terminal: Terminal,
): Promise<void> {
  const values = parse(argv);
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

function parse(argv: string[]): Values {
  try {
    return parseArgs({ args: argv, options: OPTIONS, strict: true }).values as Values;
  } catch (error) {
    const unknown = argv
      .map((word) => /^--([^=]+)/.exec(word)?.[1])
      .find((name) => name && !Object.hasOwn(OPTIONS, name));
    if (unknown !== undefined) {
      throw usage(
        `There is no option "--${unknown}".${suggestion(unknown, Object.keys(OPTIONS), '--')} See --help.`,
      );
    }
    const [line = ''] = (error as Error).message.split('\n');
    throw usage(line.replace(/\.?$/, '.'));
  }
}

async function requestOf(values: Values, { stdin }: Terminal): Promise<AttributionRequest> {
  const { model, target, decoder, output } = values;
  if (!model) {
    throw usage('Say which model: --model with a bundled name, a model folder, an .onnx file or a Hub id.');
  }
  for (const [a, b] of [
    ['target', 'target-id'],
    ['decoder', 'decoder-ids'],
    ['first', 'window'],
  ] as const) {
    if (values[a] !== undefined && values[b] !== undefined)
      throw usage(`--${a} and --${b} do not go together.`);
  }
  if (output !== undefined && output !== 'logit' && output !== 'log-probability') {
    throw usage('--output takes logit or log-probability.');
  }
  return {
    model,
    ...(await source(values, stdin)),
    choose: target ?? count(values, 'target-id'),
    position: count(values, 'position'),
    target: decoder,
    targetIds: list(values, 'decoder-ids'),
    output,
    steps: steps(values),
    overflow: values.first ? 'first' : count(values, 'window'),
  };
}

async function source(
  values: Values,
  stdin: Terminal['stdin'],
): Promise<Pick<AttributionRequest, 'segments' | 'ids'>> {
  const given = (['text', 'file', 'ids'] as const).filter((name) => values[name] !== undefined);
  if (given.length !== 1) {
    throw usage(
      'Say what to analyze, one of: --text TEXT, --file FILE (- for standard input) or --ids 1,2,3.',
    );
  }
  if (values.text !== undefined) return { segments: [{ text: values.text, offset: 0 }] };
  if (values.file !== undefined) return { segments: [(await readInput(values.file, stdin)).segment] };
  return { ids: list(values, 'ids') };
}

function count(values: Values, name: 'position' | 'target-id' | 'window' | 'steps'): number | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw usage(`--${name} takes a whole number, counted from 0.`);
}

function steps(values: Values): number | undefined {
  const number = count(values, 'steps');
  if (number === undefined || (number >= 1 && number <= 1024)) return number;
  throw usage('--steps takes a number of points from 1 to 1024.');
}

function list(values: Values, name: 'ids' | 'decoder-ids'): number[] | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  const ids = value.split(',').map((id) => id.trim());
  if (ids.every((id) => /^\d{1,9}$/.test(id))) return ids.map(Number);
  throw usage(`--${name} takes token ids with commas between them, such as 101,7592,102.`);
}

function usage(message: string): ProbeError {
  return new ProbeError('usage', message);
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
