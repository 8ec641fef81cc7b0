import * as l10n from '@vscode/l10n';
import { norm, normalized } from '../../numeric/vectors';
import { ProbeError } from '../../shared/errors';
import type { Inference } from '../../shared/inference';
import type { ModelFacts } from '../../shared/model';
import type {
  Aggregation,
  Classification,
  ClassifiedText,
  Embeddings,
  LabelScore,
  SentencePooling,
  Task,
  TaskFacts,
  TaskReading,
  TasksResult,
} from '../../shared/tasks';
import type { TextSegment } from '../../shared/tokens';
import { attribute } from '../attribution';
import { answering } from './answers';
import { chosenTask, headOf } from './detect';
import { tagging } from './entities';
import { forward, type Forward } from './forward';
import { labelScores, scoreFunction } from './scores';
import { MOST_SENTENCES, textsOf } from './sentences';
import { headVector, lastHidden, ownVector, pairwise, pool } from './vectors';

export interface TasksSettings {
  model: string;
  task: Task | 'auto';
  explain: 'occlusion' | 'integrated-gradients' | 'both' | 'none';
  /** Label whose tokens are looked for; empty for the likeliest. */
  label: string;
  aggregation: Aggregation;
  question: string;
  /** Tokens of the longest answer. */
  longest: number;
  pooling: SentencePooling;
  normalize: boolean;
}

export interface TasksContext {
  inference: Inference;
  segments: TextSegment[];
  settings: TasksSettings;
  signal?: AbortSignal;
  progress(message: string, fraction: number): void;
}

const SPANS = 10;

/** Reads the text with the model's head, or as sentence embeddings where it has none. Throws ProbeError. */
export async function runTasks(context: TasksContext): Promise<TasksResult> {
  const { inference, segments, settings, signal, progress } = context;
  const { model } = settings;
  progress(l10n.t('Opening the model'), 0);
  const { facts } = await inference.request('open', { model }, signal);
  const config = await inference.request('taskFacts', { model }, signal);
  progress(l10n.t('Running the model'), 0.1);
  const whole = await forward(inference, model, segments, signal);
  const head = headOf(whole.outputs, config, facts);
  const task = chosenTask(settings.task, head, facts.name);
  const about = { facts, config, whole };
  const { fed, reading } = await READERS[task](about, context);
  return {
    ...{ model, name: facts.name, head, reading },
    ...{ tokens: fed.tokens, cutFrom: fed.cutFrom, outputs: whole.outputs },
    architecture: config.architectures[0] ?? null,
    isDetected: settings.task === 'auto',
  };
}

interface About {
  facts: ModelFacts;
  config: TaskFacts;
  whole: Forward;
}

/** What was read, and the input that its positions count in. */
interface Read {
  fed: Pick<Forward, 'tokens' | 'cutFrom'>;
  reading: TaskReading;
}

const READERS: Record<Task, (about: About, context: TasksContext) => Promise<Read>> = {
  classification: async (about, context) => ({
    fed: about.whole,
    reading: await classify(about, context),
  }),
  'token-classification': async ({ whole, config }, { segments, settings }) => {
    const options = { labels: config.labels, aggregation: settings.aggregation };
    return { fed: whole, reading: tagging(tensorOf(whole, 'logits'), whole.tokens, segments, options) };
  },
  'question-answering': (_about, context) => readAnswers(context),
  embeddings: async (about, context) => ({ fed: about.whole, reading: await embed(about, context) }),
};

async function classify({ config, whole }: About, context: TasksContext): Promise<Classification> {
  const { settings, segments } = context;
  const { data } = tensorOf(whole, 'logits');
  const scores = scoreFunction(config, data.length);
  const texts = segments.length > 1 ? [] : textsOf(segments).slice(0, MOST_SENTENCES);
  const sentences: ClassifiedText[] = [];
  for (const [i, text] of texts.length > 1 ? texts.entries() : []) {
    context.progress(l10n.t('Classifying each sentence'), 0.2 + (0.3 * i) / texts.length);
    const one = await forward(context.inference, settings.model, [{ text, offset: 0 }], context.signal);
    const best = labelScores(tensorOf(one, 'logits').data, config, scores)[0] as LabelScore;
    sentences.push({ text, best, vector: headVector(one.tensors.get('head')) ?? [] });
  }
  const labels = labelScores(data, config, scores);
  const vector = headVector(whole.tensors.get('head'));
  return { task: 'classification', scores, labels, vector, sentences, moved: await movers(context) };
}

async function movers({ inference, segments, settings, signal, progress }: TasksContext) {
  const { explain, model, label } = settings;
  if (explain === 'none') return null;
  const methods =
    explain === 'both' ? (['occlusion', 'integrated-gradients'] as const) : ([explain] as const);
  const request = {
    model,
    segments,
    overflow: 'first' as const,
    methods,
    ...(label !== '' && { choose: label }),
  };
  const onProgress = ({ stage, done }: { stage: string; done: number }) => progress(stage, 0.5 + done / 2);
  return attribute(inference, request, { signal, onProgress });
}

async function readAnswers({ inference, segments, settings, signal, progress }: TasksContext): Promise<Read> {
  const { model, question, longest } = settings;
  if (question.trim() === '')
    throw new ProbeError('usage', l10n.t('Write a question that the text may answer.'));
  progress(l10n.t('Answering'), 0.5);
  const asking = [{ text: question.trim(), offset: 0 }, ...segments];
  const asked = await forward(inference, model, asking, signal);
  const { cls, bos } = await inference.request('specialTokens', { model }, signal);
  const logits = { start: tensorOf(asked, 'start_logits').data, end: tensorOf(asked, 'end_logits').data };
  const options = { question: question.trim(), clsId: (cls ?? bos)?.id ?? null, longest, count: SPANS };
  return { fed: asked, reading: answering(logits, asked.tokens, asking, options) };
}

async function embed({ facts }: About, context: TasksContext): Promise<Embeddings> {
  const { inference, segments, settings, signal, progress } = context;
  const { pooling, normalize: isNormalized } = settings;
  const texts = textsOf(segments).slice(0, MOST_SENTENCES);
  if (texts.length === 0)
    throw new ProbeError('input', l10n.t('There is no word in the text. Select a sentence.'));
  const found: { name: string; values: number[] }[] = [];
  for (const [i, text] of texts.entries()) {
    progress(l10n.t('Embedding each sentence'), 0.2 + (0.8 * i) / texts.length);
    const { tensors } = await forward(inference, settings.model, [{ text, offset: 0 }], signal);
    const values =
      pooling === 'own' ? ownVector(tensors, facts.name) : pool(lastHidden(tensors, facts.name), pooling);
    found.push({ name: text, values });
  }
  const norms = found.map(({ values }) => norm(values));
  const vectors = found.map(({ name, values }) => ({
    name,
    values: isNormalized ? [...normalized(values)] : values,
  }));
  const similarity = pairwise(vectors.map(({ values }) => values));
  return { task: 'embeddings', pooling, normalized: isNormalized, vectors, norms, similarity };
}

function tensorOf({ tensors }: Forward, name: string) {
  const found = tensors.get(name);
  if (found) return found;
  throw new ProbeError(
    'model',
    l10n.t`The model has no output "${name}". Choose another task or another model.`,
  );
}
