import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { GenerationOptions, GenerationState, GenerationStep } from '../../shared/generation';
import type { Inference } from '../../shared/inference';
import type { ModelFacts } from '../../shared/model';
import type { TextSegment } from '../../shared/tokens';
import { generateIds } from '../generate';
import { beamTree } from './beamTree';
import { filtersOf, strategiesOf, type StrategySettings } from './strategies';
import type { FilterTrace, Strategy, StrategyName, WriterResult, WrittenResult } from './types';

export interface WriteRequest {
  model: string;
  segments: TextSegment[];
  /** Put before the text for an encoder-decoder. */
  task: string;
  settings: StrategySettings;
  /** All of them if absent. */
  strategies?: readonly StrategyName[];
}

export interface WriteOptions {
  signal?: AbortSignal;
  /** What is being done, steps of the model so far, and what is known. */
  onProgress: (message: string, steps: number, partial: WriterResult) => void;
}

/** The text as ids, with what the decoder of an encoder-decoder starts with. */
interface Prompt {
  facts: ModelFacts;
  ids: number[];
  start: number[] | null;
}

/** Runs of the model's decoder that a writer takes at most. */
export function stepsOf(settings: StrategySettings, strategies?: readonly StrategyName[]): number {
  return chosen(settings, strategies).reduce(
    (sum, { options, seeds }) => sum + seeds.length * stepCost(options),
    0,
  );
}

const stepCost = ({ method, maxNewTokens, beams }: GenerationOptions): number =>
  maxNewTokens * (method === 'beam' ? beams : 1);

function chosen(settings: StrategySettings, names?: readonly StrategyName[]): Strategy[] {
  return strategiesOf(settings).filter(({ name }) => !names || names.includes(name));
}

/** Lets a model write with every strategy, and looks at its distributions along the greedy path. Throws ProbeError. */
export async function writeAll(
  inference: Inference,
  request: WriteRequest,
  { signal, onProgress }: WriteOptions,
): Promise<WriterResult> {
  const { settings } = request;
  const { prompt, ...read } = await readPrompt(inference, request, signal);
  const result: WriterResult = { ...read, results: [], filters: [], tree: null };
  let done = 0;
  for (const strategy of chosen(settings, request.strategies)) {
    for (const seed of strategy.seeds) {
      const options = { ...strategy.options, seed };
      const states: GenerationState[] = [];
      const onToken = (count: number, state: GenerationState) => {
        states.push(state);
        const steps = done + stepCost({ ...options, maxNewTokens: count });
        onProgress(l10n.t`${strategy.label}, token ${count}`, steps, {
          ...result,
          results: [...result.results],
        });
      };
      await generateIds(inference, { model: request.model, ids: prompt.ids, options }, { signal, onToken });
      done += stepCost(options);
      result.results.push(...(await resultsOf(inference, prompt, strategy, seed, states, signal)));
      if (strategy.name === 'beam')
        result.tree = await labeledTree(inference, prompt.facts, states, options, signal);
      if (strategy.name === 'greedy') {
        result.filters = await traceFilters(inference, prompt, states, settings, signal);
      }
    }
  }
  return result;
}

async function readPrompt(
  inference: Inference,
  { model, segments, task, settings }: WriteRequest,
  signal?: AbortSignal,
): Promise<Pick<WriterResult, 'facts' | 'read' | 'window'> & { prompt: Prompt }> {
  const { facts } = await inference.request('open', { model }, signal);
  if (facts.family === 'encoder-only') {
    throw new ProbeError(
      'usage',
      l10n.t`"${facts.name}" has no decoder: it fills in masked words and generates no text.`,
    );
  }
  const isRewriting = facts.family === 'encoder-decoder';
  const asked = isRewriting && task !== '' ? [{ text: task, offset: 0 }, ...segments] : segments;
  const joined = [{ text: asked.map(({ text }) => text).join(''), offset: 0 }];
  const given = isRewriting && task !== '' ? joined : segments;
  const encoding = await inference.request('encode', { model, segments: given, overflow: 'first' }, signal);
  const start = isRewriting ? await inference.request('decoderStart', { model }, signal) : null;
  const all = encoding.tokens.map(({ id }) => id);
  // What is written stands behind what was read.
  const room =
    start || facts.maxTokens === null ? all.length : Math.max(1, facts.maxTokens - settings.length);
  const ids = all.slice(0, room);
  const window = encoding.window ?? null;
  return { facts, read: ids.length, window, prompt: { facts, ids, start } };
}

/** What was written, with its probability; of a beam search every finished hypothesis. */
async function resultsOf(
  inference: Inference,
  prompt: Prompt,
  { name, label, options }: Strategy,
  seed: number,
  states: readonly GenerationState[],
  signal?: AbortSignal,
): Promise<WrittenResult[]> {
  const results: WrittenResult[] = [];
  for (const [place, { ids, end }] of writtenOf(states.at(-1)).entries()) {
    const [steps = []] = await explain(inference, prompt, ids, end, [options], signal);
    const { text } = await inference.request('spell', { model: prompt.facts.id, ids }, signal);
    results.push({
      strategy: name,
      label: name === 'beam' ? l10n.t`${label}, place ${place + 1}` : label,
      seed: options.method === 'sample' ? seed : null,
      ...{ ids, text, ended: end !== null, chosen: steps.length },
      logProbability: steps.reduce((sum, step) => sum + step.chosen.logProbability, 0),
      fromSource: prompt.start ? shareOf(ids, prompt.ids) : null,
    });
  }
  return results;
}

function writtenOf(state: GenerationState | undefined): { ids: number[]; end: number | null }[] {
  if (!state) return [];
  return state.finished.length > 0 ? state.finished : [{ ids: state.beams[0]?.ids ?? [], end: state.end }];
}

function shareOf(ids: readonly number[], source: readonly number[]): number | null {
  return ids.length === 0 ? null : ids.filter((id) => source.includes(id)).length / ids.length;
}

/** One run over what was written, and its distributions after each of several ways to filter them. */
async function explain(
  inference: Inference,
  { facts: { id: model }, ids: read, start }: Prompt,
  ids: number[],
  end: number | null,
  filters: GenerationOptions[],
  signal?: AbortSignal,
): Promise<GenerationStep[][]> {
  const input = start ? { ids: read, targetIds: [...start, ...ids] } : { ids: [...read, ...ids] };
  const first = start ? start.length : read.length;
  const { runId } = await inference.request('run', { model, ...input }, signal);
  const found: GenerationStep[][] = [];
  for (const options of filters) {
    const request = { model, runId, options, first, ids, end };
    found.push(await inference.request('generationSteps', request, signal));
  }
  await inference.request('forget', { runId }, signal);
  return found;
}

async function traceFilters(
  inference: Inference,
  prompt: Prompt,
  states: readonly GenerationState[],
  settings: StrategySettings,
  signal?: AbortSignal,
): Promise<FilterTrace[]> {
  const [greedy] = writtenOf(states.at(-1));
  if (!greedy) return [];
  const filters = filtersOf(settings);
  const traced = await explain(
    inference,
    prompt,
    greedy.ids,
    greedy.end,
    filters.map(({ options }) => options),
    signal,
  );
  return filters.map(({ label }, i) => ({
    label,
    steps: (traced[i] ?? []).map(({ kept, entropy, rank, chosen: one, candidates }) => ({
      ...{ kept, entropy, rank, chosen: one.text, probability: one.probability },
      candidates: candidates.map(({ text, probability, filtered }) => ({ text, probability, filtered })),
    })),
  }));
}

async function labeledTree(
  inference: Inference,
  { id: model }: ModelFacts,
  states: readonly GenerationState[],
  { lengthPenalty }: GenerationOptions,
  signal?: AbortSignal,
): Promise<WriterResult['tree']> {
  const { nodes, groups } = beamTree(states, lengthPenalty);
  const labels = new Map<number, string>();
  for (const { id } of nodes) {
    if (id === null || labels.has(id)) continue;
    const { tokens } = await inference.request('spell', { model, ids: [id] }, signal);
    labels.set(id, tokens[0]?.text ?? String(id));
  }
  return {
    groups,
    nodes: nodes.map(({ id, ...node }) => ({ ...node, label: id === null ? '…' : (labels.get(id) ?? '') })),
  };
}
