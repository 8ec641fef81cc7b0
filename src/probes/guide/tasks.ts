import * as l10n from '@vscode/l10n';
import type { Family } from '../../shared/model';

/** What somebody wants a transformer for, which families do it, and the probe that shows it. */
export interface GuideTask {
  label: string;
  /** Best first. */
  families: readonly {
    family: Family;
    why: string;
    /** A model of the timeline: its paper is the source. */ paper: string;
  }[];
  /** Models that were trained for it, by name; any of the family if absent. */
  trained?: RegExp;
  /** It writes text, a token at a time. */
  writes: boolean;
  /** Probe that shows it, and how it is told a model. */
  probe: { id: string; title: string; field: string; settings?: Record<string, string> };
}

const READS_BOTH = l10n.t(
  'An encoder sees both sides of every word and reads a text in one pass; a small head on top learns from few examples.',
);
const CONTINUES = l10n.t(
  'A decoder is trained to write the next token, and one model does many tasks by its prompt.',
);
const REWRITES = l10n.t(
  'An encoder-decoder reads all of the source before it writes, and its cross-attention looks back at every step.',
);

/** The questions' answers that lead to a family. */
export const TASKS = {
  classify: {
    label: l10n.t('Sort texts into classes'),
    families: [
      { family: 'encoder-only', why: READS_BOTH, paper: 'BERT' },
      { family: 'decoder-only', why: CONTINUES, paper: 'GPT-3' },
    ],
    writes: false,
    probe: { id: 'transfer', title: l10n.t('Transfer Learning'), field: 'model' },
  },
  label: {
    label: l10n.t('Mark words: names, places'),
    families: [{ family: 'encoder-only', why: READS_BOTH, paper: 'BERT' }],
    writes: false,
    probe: {
      id: 'tasks',
      title: l10n.t('Tasks on Top'),
      field: 'model',
      settings: { task: 'token-classification' },
    },
  },
  extract: {
    label: l10n.t('Find the answer in a passage'),
    families: [
      { family: 'encoder-only', why: READS_BOTH, paper: 'BERT' },
      { family: 'encoder-decoder', why: REWRITES, paper: 'T5' },
    ],
    writes: false,
    probe: {
      id: 'tasks',
      title: l10n.t('Tasks on Top'),
      field: 'model',
      settings: { task: 'question-answering' },
    },
  },
  search: {
    label: l10n.t('Search, or compare texts'),
    families: [
      {
        family: 'encoder-only',
        why: l10n.t('A text becomes one vector, made once and compared with all others by a product.'),
        paper: 'EmbeddingGemma',
      },
    ],
    writes: false,
    probe: { id: 'tasks', title: l10n.t('Tasks on Top'), field: 'model', settings: { task: 'embeddings' } },
  },
  fill: {
    label: l10n.t('Fill in a missing word'),
    families: [
      { family: 'encoder-only', why: l10n.t('Masked training is this very task.'), paper: 'RoBERTa' },
    ],
    writes: false,
    probe: { id: 'prediction', title: l10n.t('Causal and Masked Prediction'), field: 'masked' },
  },
  continue: {
    label: l10n.t('Write on, or complete code'),
    families: [{ family: 'decoder-only', why: CONTINUES, paper: 'GPT-2' }],
    writes: true,
    probe: { id: 'generation', title: l10n.t('Generation Strategies'), field: 'model' },
  },
  instruct: {
    label: l10n.t('Follow instructions, chat'),
    families: [
      {
        family: 'decoder-only',
        why: l10n.t('Instruction tuning makes a model that continues text into one that answers.'),
        paper: 'InstructGPT',
      },
      {
        family: 'encoder-decoder',
        why: l10n.t('Small models follow instructions too, once tuned on many.'),
        paper: 'Flan-T5',
      },
    ],
    trained: /instruct|^flan/i,
    writes: true,
    probe: { id: 'generation', title: l10n.t('Generation Strategies'), field: 'model' },
  },
  summarize: {
    label: l10n.t('Summarize'),
    families: [
      { family: 'encoder-decoder', why: REWRITES, paper: 'BART' },
      { family: 'decoder-only', why: CONTINUES, paper: 'InstructGPT' },
    ],
    trained: /cnn|t5|instruct/i,
    writes: true,
    probe: { id: 'generation', title: l10n.t('Generation Strategies'), field: 'model' },
  },
  translate: {
    label: l10n.t('Translate'),
    families: [
      { family: 'encoder-decoder', why: REWRITES, paper: 'Transformer' },
      { family: 'decoder-only', why: CONTINUES, paper: 'GPT-3' },
    ],
    trained: /^(opus-mt|t5|flan|pocket-t5)|instruct/i,
    writes: true,
    probe: { id: 'generation', title: l10n.t('Generation Strategies'), field: 'model' },
  },
  understand: {
    label: l10n.t('Learn how they work'),
    families: [
      { family: 'encoder-only', why: READS_BOTH, paper: 'BERT' },
      { family: 'decoder-only', why: CONTINUES, paper: 'GPT-2' },
      { family: 'encoder-decoder', why: REWRITES, paper: 'T5' },
    ],
    writes: false,
    probe: { id: 'architectures', title: l10n.t('Architecture Comparison'), field: '' },
  },
} as const satisfies Record<string, GuideTask>;

export type TaskName = keyof typeof TASKS;
export const TASK_ENTRIES = Object.entries(TASKS) as [TaskName, GuideTask][];
