import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import type { WeightReader } from '../numeric/reader';
import type { HeadAddress, HeadMatrix, Overview } from '../shared/attention';
import type { RunInput } from '../shared/inference';
import { RunFolder } from './runFolder';
import { readWeights } from './runFile';
import type { TensorData } from './tensors';
import { paintThumbnails, planOverview, weightCount, withoutWeights } from './tiles';
import type { LayerWeights } from './tiles';

/** The tensors of one completed run. */
export interface Run {
  runId: string;
  layers: LayerWeights[];
  tensors: TensorData[];
  /** What was fed, to run it again. */
  input: RunInput;
}

export interface StoreOptions {
  /** Bytes of tensors that may stay in memory. */
  memoryBudgetBytes: number;
  /** Where attention weights are written so that they outlive eviction and the process; nowhere if absent. */
  resultsDir?: string;
  /** Bytes of run files that may stay on disk. */
  diskBudgetBytes: number;
  log(message: string): void;
}

/**
 * Keeps the tensors of completed runs: in memory up to a budget, the least recently used run leaving first, and the
 * attention weights on disk besides. The newest run always stays.
 */
export class RunStore {
  /** In order of use: the first is the least recently used. */
  private readonly runs = new Map<string, Run>();
  private readonly folder: RunFolder | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: StoreOptions) {
    if (options.resultsDir) {
      this.folder = new RunFolder(options.resultsDir, options.diskBudgetBytes, options.log);
    }
  }

  /** Keeps a run. Its file is written in the background; see `settled`. */
  add(run: Run): void {
    this.runs.set(run.runId, run);
    this.evict();
    const { folder } = this;
    if (folder) this.writing = this.writing.then(() => folder.write(run.runId, run));
  }

  /** Resolves once every run kept so far is on disk, or could not be written. */
  settled(): Promise<void> {
    return this.writing;
  }

  async head(runId: string, { kind, layer, head }: HeadAddress): Promise<HeadMatrix> {
    const source = await this.source(runId);
    const index = source.layers.findIndex((one) => one.kind === kind && one.layer === layer);
    const found = source.layers[index];
    if (!found || !Number.isInteger(head) || head < 0 || head >= found.heads) {
      throw new ProbeError(
        'usage',
        l10n.t`This result has no ${kind} attention in layer ${layer}, head ${head}.`,
      );
    }
    const { queries, keys } = found;
    const size = queries * keys;
    return { kind, layer, head, queries, keys, weights: await source.read(index, head * size, size) };
  }

  async overview(runId: string, side: number): Promise<Overview> {
    if (!Number.isInteger(side) || side < 1 || side > 1024) {
      throw new ProbeError('usage', l10n.t('Thumbnails are 1 to 1024 cells wide.'));
    }
    const source = await this.source(runId);
    const overview = planOverview(source.layers, side);
    for (const index of source.layers.keys()) {
      paintThumbnails(overview, index, await source.view(index));
    }
    return overview;
  }

  /** A tensor kept besides the attention weights; only while its run is in memory. */
  tensor(runId: string, name: string): TensorData {
    const run = this.touch(runId);
    if (!run)
      throw new ProbeError(
        'input',
        l10n.t('The tensors of this result have left memory. Run the analysis again.'),
      );
    const found = run.tensors.find((tensor) => tensor.name === name);
    if (found) return found;
    const layer = run.layers.find((one) => `${one.kind}.${one.layer}.weights` === name);
    if (!layer) throw new ProbeError('usage', l10n.t`This result keeps no tensor "${name}".`);
    return { name, shape: [layer.heads, layer.queries, layer.keys], data: layer.weights };
  }

  /** Names of the tensors that a run in memory keeps, in their order; none where it has left. */
  names(runId: string): string[] {
    return this.touch(runId)?.tensors.map(({ name }) => name) ?? [];
  }

  async forget(runId: string): Promise<void> {
    this.runs.delete(runId);
    await this.writing;
    await this.folder?.remove(runId);
  }

  /** Ids of the runs in memory, least recently used first. */
  get kept(): string[] {
    return [...this.runs.keys()];
  }

  get keptBytes(): number {
    let bytes = 0;
    for (const run of this.runs.values()) bytes += runBytes(run);
    return bytes;
  }

  private evict(): void {
    for (const runId of this.kept) {
      if (this.runs.size === 1 || this.keptBytes <= this.options.memoryBudgetBytes) return;
      this.runs.delete(runId);
    }
  }

  private touch(runId: string): Run | undefined {
    const run = this.runs.get(runId);
    if (!run) return undefined;
    this.runs.delete(runId);
    this.runs.set(runId, run);
    return run;
  }

  /** A run's weights, for reading; fails where the run is no longer stored. */
  async source(runId: string): Promise<WeightSource> {
    const run = this.touch(runId);
    if (run) return memorySource(run);
    await this.writing;
    const file = await this.folder?.open(runId);
    if (!file)
      throw new ProbeError('input', l10n.t('This result is no longer stored. Run the analysis again.'));
    const read: WeightSource['read'] = (index, first, count) => readWeights(file, index, first, count);
    const view = (index: number) => {
      const layer = file.layers[index];
      return read(index, 0, layer ? weightCount(layer) : 0);
    };
    return { layers: file.layers, input: file.input, read, view };
  }
}

/** A run's weights, wherever they are, and what was fed. */
export interface WeightSource extends WeightReader {
  /** Absent in files of older versions. */
  input?: RunInput;
  /** A copy of `count` weights from weight number `first` of a layer. */
  read(index: number, first: number, count: number): Promise<Float32Array>;
}

function memorySource(run: Run): WeightSource {
  const weightsOf = (index: number) => run.layers[index]?.weights ?? new Float32Array(0);
  return {
    layers: run.layers.map(withoutWeights),
    input: run.input,
    read: async (index, first, count) => weightsOf(index).slice(first, first + count),
    view: async (index) => weightsOf(index),
  };
}

function runBytes({ layers, tensors }: Run): number {
  let bytes = 0;
  for (const { weights } of layers) bytes += weights.byteLength;
  for (const { data } of tensors) bytes += data.byteLength;
  return bytes;
}
