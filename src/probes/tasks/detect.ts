import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { inSentence } from '../../shared/language';
import type { ModelFacts } from '../../shared/model';
import type { Task, TaskFacts, TasksResult } from '../../shared/tasks';

type Head = Exclude<Task, 'embeddings'>;

export const TASK_NAMES: Record<Task, string> = {
  classification: l10n.t('Classification of the text'),
  'token-classification': l10n.t('Classification of each token'),
  'question-answering': l10n.t('Answers from the text'),
  embeddings: l10n.t('Sentence embeddings'),
};

/** Models with a head, by what they are for: ids that the transformers.js library takes by itself, or names in its examples. */
export const MODELS_WITH_HEADS: readonly { task: Task; for: string; id: string }[] = [
  {
    task: 'classification',
    for: l10n.t('Sentiment of English sentences'),
    id: 'Xenova/distilbert-base-uncased-finetuned-sst-2-english',
  },
  {
    task: 'token-classification',
    for: l10n.t('Names of people, places and organizations in ten languages'),
    id: 'Xenova/distilbert-base-multilingual-cased-ner-hrl',
  },
  {
    task: 'question-answering',
    for: l10n.t('Answers to English questions from a text'),
    id: 'Xenova/distilbert-base-cased-distilled-squad',
  },
  {
    task: 'embeddings',
    for: l10n.t('Similarity of English sentences'),
    id: 'onnx-community/all-MiniLM-L6-v2-ONNX',
  },
];

/** The head that a model has, by what its graph puts out and by the class in its config; null for none. */
export function headOf(
  outputs: TasksResult['outputs'],
  { architectures }: Pick<TaskFacts, 'architectures'>,
  { family, vocabulary }: Pick<ModelFacts, 'family' | 'vocabulary'>,
): Head | null {
  const shapeOf = (name: string) => outputs.find((output) => output.name === name)?.shape;
  if (shapeOf('start_logits') && shapeOf('end_logits')) return 'question-answering';
  const logits = shapeOf('logits');
  if (logits?.length === 1) return 'classification';
  if (logits?.length !== 2) return null;
  if (architectures.some((name) => name.endsWith('ForTokenClassification'))) return 'token-classification';
  const isOther = vocabulary !== null && logits[1] !== vocabulary;
  return family === 'encoder-only' && isOther ? 'token-classification' : null;
}

/** The task to show. Throws a ProbeError that says what to do where the model has no head for the chosen one. */
export function chosenTask(asked: Task | 'auto', head: Head | null, name: string): Task {
  if (asked === 'auto') return head ?? 'embeddings';
  if (asked === 'embeddings' || asked === head) return asked;
  const has =
    head === null ? l10n.t('no head for a task') : l10n.t`another head: ${inSentence(TASK_NAMES[head])}`;
  throw new ProbeError('usage', l10n.t`"${name}" has ${has}. ${wayOut(asked)}`);
}

/** What to do for a model with a head for a task. */
export function wayOut(task: Task): string {
  const known = MODELS_WITH_HEADS.find((model) => model.task === task)?.id ?? '';
  const download = l10n.t`download one, such as ${known} (Choose Model, or transformer-probe models fetch), and choose it above`;
  return task === 'classification'
    ? l10n.t`Fine-tune a model with the probe Transfer Learning and save it, or ${download}.`
    : l10n.t`For one that has it, ${download}.`;
}
