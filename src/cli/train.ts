import { join } from 'node:path';
import { compareTraining, loadTrainingData } from '../probes/training';
import { fromErrorMessage, ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import { isBundledSet, TRAINING_ARMS, TRAINING_DEFAULTS } from '../shared/training';
import type { Spread, TrainingOptions, TrainingResult, TrainingSource } from '../shared/training';
import { suggestion } from './nearest';
import { parseOptions, usage } from './options';
import { visible, writeFileFrom, writeTo } from './output';
import type { Terminal } from './terminal';

const OPTIONS = {
  model: { type: 'string', short: 'm' },
  data: { type: 'string' },
  epochs: { type: 'string' },
  lr: { type: 'string' },
  seeds: { type: 'string' },
  batch: { type: 'string' },
  arms: { type: 'string' },
  pooling: { type: 'string' },
  layers: { type: 'string' },
  save: { type: 'string' },
  json: { type: 'string' },
  // Takes effect by itself: training never uses the network.
  offline: { type: 'boolean' },
} as const;
type Values = Partial<Record<Exclude<keyof typeof OPTIONS, 'offline'>, string>>;

interface Asked {
  model: string;
  source: TrainingSource;
  options: TrainingOptions;
  saveTo?: string;
  /** A path or `-`; absent for text. */
  json?: string;
}

/**
 * `transformer-probe train`: trains a model from its checkpoint and from scratch on labelled sentences. Ctrl+C stops it
 * and writes what there is. Fails with a ProbeError; `usage` says what is wrong with the command line.
 */
export async function trainCommand(
  argv: string[],
  inference: Inference,
  bundledDir: string,
  terminal: Terminal,
): Promise<void> {
  const asked = parse(argv);
  const { model, options, saveTo, json } = asked;
  const data = await loadTrainingData(asked.source, { mediaDir: join(bundledDir, '..', 'media') });
  const log = (message: string) => void terminal.stderr.write(`${visible(message)}\n`);
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  const follow = new EpochLines(log);
  try {
    const result = await compareTraining(
      inference,
      { model, data, options, ...(saveTo !== undefined && { saveTo }) },
      { signal: stop.signal, onSnapshot: (snapshot) => follow.show(snapshot) },
    );
    await write(result, json, terminal);
    if (result.error) throw fromErrorMessage(result.error);
    if (result.state === 'cancelled')
      throw new ProbeError('cancelled', 'Cancelled; the results so far are above.');
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

async function write(result: TrainingResult, json: string | undefined, { stdout }: Terminal): Promise<void> {
  if (json === undefined)
    return writeTo(
      stdout,
      [...summaryLines(result)].map((line) => `${visible(line)}\n`),
    );
  const pieces = [`${JSON.stringify(toJson(result), null, 1)}\n`];
  await (json === '-' ? writeTo(stdout, pieces) : writeFileFrom(json, pieces));
}

/** The result with the arms by name. */
function toJson({ arms, ...result }: TrainingResult): object {
  const byName = Object.fromEntries(arms.map(({ arm, ...figures }) => [arm, figures]));
  return { ...result, arms: byName };
}

/** A line for each finished epoch. */
class EpochLines {
  private shown = '';

  constructor(private readonly write: (line: string) => void) {}

  show({ progress, arms, options }: TrainingResult): void {
    const { stage, arm, seed, epoch, step, steps } = progress;
    const run = arms.find((one) => one.arm === arm)?.runs.at(-1);
    const figures = run?.epochs.at(-1);
    const key = [stage, arm, seed, epoch].join(' ');
    if (key === this.shown) return;
    this.shown = key;
    if (stage !== 'Training') return this.write(`${stage}`);
    if (!figures || figures.epoch !== epoch) return;
    this.write(
      `${arm}, seed ${seed}, epoch ${epoch} of ${options.epochs}: loss ${figures.trainLoss.toFixed(4)}, ` +
        `test accuracy ${percent(figures.testAccuracy)} (step ${step} of ${steps})`,
    );
  }
}

function* summaryLines(result: TrainingResult): Generator<string> {
  const { model, data, options, arms } = result;
  yield (
    `${model?.name ?? 'The model'} on ${data.name}: ${data.train.length} training and ${data.test.length} test sentences, ` +
    `${options.epochs} epochs, ${options.seeds} seeds`
  );
  for (const notice of result.notices) yield notice;
  yield '';
  yield '               epoch   train loss        test loss         test accuracy';
  for (const { arm, epochs } of arms) {
    for (const one of [epochs[0], epochs.at(-1)]) {
      if (!one) continue;
      const cells = [spread(one.trainLoss), spread(one.testLoss), spread(one.testAccuracy, true)];
      yield `${arm.padEnd(14)} ${String(one.epoch).padEnd(7)} ${cells.map((cell) => cell.padEnd(17)).join(' ')}`.trimEnd();
    }
  }
  if (result.baseline) {
    yield `logistic regression on the checkpoint's mean features: test accuracy ${percent(result.baseline.testAccuracy)}`;
  }
  yield '';
  for (const { arms: pair, gap, low, high } of result.gaps) {
    yield `${pair.join(' - ')}: ${points(gap)} points of test accuracy, 95 % interval ${points(low)} to ${points(high)}`;
  }
  yield result.verdict.text;
  if (result.saved)
    yield `The model of arm ${result.saved.arm}, seed ${result.saved.seed} is in ${result.saved.directory}`;
}

function spread({ mean, deviation }: Spread, isPart = false): string {
  return isPart
    ? `${percent(mean)} ± ${(100 * deviation).toFixed(1)}`
    : `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function points(part: number): string {
  return `${part > 0 ? '+' : ''}${(100 * part).toFixed(1)}`;
}

function parse(argv: string[]): Asked {
  const { values } = parseOptions(argv, OPTIONS);
  const { model, data = 'small', save, json } = values;
  if (!model)
    throw usage('Say which model: --model with a bundled name, a model folder, an .onnx file or a Hub id.');
  const source: TrainingSource = isBundledSet(data) ? { kind: data } : { kind: 'file', path: data };
  return {
    ...{ model, source, options: trainingOptions(values) },
    ...(save !== undefined && { saveTo: save }),
    ...(json !== undefined && { json }),
  };
}

function trainingOptions({ epochs, lr, seeds, batch, arms, pooling, layers }: Values): TrainingOptions {
  const defaults = TRAINING_DEFAULTS;
  return {
    ...defaults,
    epochs: number('epochs', epochs, defaults.epochs),
    learningRate: number('lr', lr, defaults.learningRate),
    seeds: number('seeds', seeds, defaults.seeds),
    batchSize: number('batch', batch, defaults.batchSize),
    arms:
      arms === undefined
        ? [...TRAINING_ARMS]
        : arms.split(',').map((arm) => oneOf('arms', arm.trim(), TRAINING_ARMS)),
    layers: oneOf('layers', layers ?? defaults.layers, ['last', 'mean'] as const),
    ...(pooling !== undefined && { pooling: oneOf('pooling', pooling, ['first', 'mean', 'last'] as const) }),
  };
}

/** Limits are checked where the training is; here only that it is a number at all. */
function number(name: string, value: string | undefined, absent: number): number {
  if (value === undefined) return absent;
  if (/^\d+(\.\d+)?(e-?\d+)?$|^\.\d+(e-?\d+)?$/i.test(value)) return Number(value);
  throw usage(`--${name} takes a number.`);
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw usage(`--${name} takes ${known.join(', ')}, not "${value}".${suggestion(value, known)}`);
}
