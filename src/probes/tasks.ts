import * as l10n from '@vscode/l10n';
import type { TasksResult } from '../shared/tasks';
import { defineProbe } from './probe';
import { TASK_NAMES } from './tasks/detect';
import { tasksReport } from './tasks/report';

const FIELDS = {
  model: {
    kind: 'model',
    label: l10n.t('Model'),
    default: '',
    help: l10n.t(
      'One with a head: fine-tuned and saved by the probe Transfer Learning, downloaded, or your own export.',
    ),
  },
  task: {
    kind: 'choice',
    label: l10n.t('Task'),
    default: 'auto',
    options: [
      { value: 'auto', label: l10n.t('What the model has a head for') },
      { value: 'classification', label: TASK_NAMES.classification },
      { value: 'token-classification', label: TASK_NAMES['token-classification'] },
      { value: 'question-answering', label: TASK_NAMES['question-answering'] },
      { value: 'embeddings', label: TASK_NAMES.embeddings },
    ],
  },
  explain: {
    kind: 'choice',
    label: l10n.t('Text labels: which tokens moved them'),
    default: 'occlusion',
    when: { field: 'task', is: ['auto', 'classification'] },
    options: [
      { value: 'occlusion', label: l10n.t('Leave out one by one') },
      { value: 'integrated-gradients', label: l10n.t('Integrated gradients') },
      { value: 'both', label: l10n.t('Both') },
      { value: 'none', label: l10n.t('Do not ask') },
    ],
  },
  label: {
    kind: 'text',
    label: l10n.t('Label that was moved'),
    default: '',
    placeholder: l10n.t('the most likely one'),
    when: { field: 'explain', is: ['occlusion', 'integrated-gradients', 'both'] },
  },
  aggregation: {
    kind: 'choice',
    label: l10n.t('Token labels: joined to entities'),
    default: 'simple',
    when: { field: 'task', is: ['auto', 'token-classification'] },
    options: [
      { value: 'simple', label: l10n.t('Tokens as they are') },
      { value: 'first', label: l10n.t('Words, by their first token') },
      { value: 'average', label: l10n.t('Words, by the mean') },
      { value: 'max', label: l10n.t('Words, by their surest token') },
    ],
  },
  question: {
    kind: 'text',
    label: l10n.t('Question'),
    default: 'Where was Ada Lovelace born?',
    when: { field: 'task', is: ['auto', 'question-answering'] },
  },
  longest: {
    kind: 'number',
    label: l10n.t('Longest answer'),
    default: 15,
    min: 1,
    max: 100,
    integer: true,
    unit: l10n.t('tokens'),
    when: { field: 'task', is: ['auto', 'question-answering'] },
  },
  pooling: {
    kind: 'choice',
    label: l10n.t('Embeddings: one vector a sentence'),
    default: 'mean',
    when: { field: 'task', is: ['auto', 'embeddings'] },
    options: [
      { value: 'mean', label: l10n.t('Mean of all tokens') },
      { value: 'first', label: l10n.t('First token ([CLS])') },
      { value: 'last', label: l10n.t('Last token') },
      { value: 'own', label: l10n.t('The model’s own pooled output') },
    ],
  },
  normalize: {
    kind: 'boolean',
    label: l10n.t('Normalize embeddings to length 1'),
    default: true,
    when: { field: 'task', is: ['auto', 'embeddings'] },
  },
} as const;

/** What a head on top of a transformer makes of the hidden states. */
export const tasks = defineProbe({
  id: 'tasks',
  title: l10n.t('Tasks on Top'),
  topic: 'Prediction',
  summary: l10n.t(
    'What a fine-tuned head says: labels of a text or of its tokens, answers to a question, sentence embeddings.',
  ),
  shows: l10n.t(
    'Which head the model has, told from its graph and config; its probabilities, by the labels of the config; which tokens moved a label; entities joined from token labels; the best answers of a text; and the vectors that the head saw, or sentence embeddings where there is no head.',
  ),
  look: l10n.t(
    'A head is one linear layer: what it needs must stand in the vector below it. Compare sentences with the same label: their vectors should be alike. Choose a label that is not the likeliest and see which tokens speak for it.',
  ),
  limits: l10n.t(
    'A probability says how sure the model is, not how often it is right. Embeddings of models that were not trained to compare sentences make nearly all sentences look alike: compare the order of the cosines, not their size. Leaving out a token makes a text that the model may never have seen.',
  ),
  links: [
    { label: l10n.t('Devlin et al. 2018: BERT and its heads'), href: 'https://arxiv.org/abs/1810.04805' },
    {
      label: l10n.t('Reimers and Gurevych 2019: sentence embeddings'),
      href: 'https://arxiv.org/abs/1908.10084',
    },
    {
      label: l10n.t('Tjong Kim Sang and De Meulder 2003: BIO labels'),
      href: 'https://arxiv.org/abs/cs/0306050',
    },
    {
      label: l10n.t('Rajpurkar et al. 2018: questions without an answer'),
      href: 'https://arxiv.org/abs/1806.03822',
    },
  ],
  input: 'text',
  sample:
    'Ada Lovelace was born in London in 1815. She wrote the first program for a machine. The machine was never built. The food at the station was wonderful. I loved the soup.',
  fields: FIELDS,
  run: async (inference, { segments, settings }, { signal, onProgress }): Promise<TasksResult> => {
    const { runTasks } = await import('./tasks/run');
    const progress = (message: string, fraction: number) => onProgress?.(message, fraction);
    return runTasks({ inference, segments, settings, signal, progress });
  },
  report: (result) => tasksReport(result),
});
