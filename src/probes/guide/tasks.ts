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

const READS_BOTH =
  'An encoder sees both sides of every word and reads a text in one pass; a small head on top learns from few examples.';
const CONTINUES =
  'A decoder is trained to write the next token, and one model does many tasks by its prompt.';
const REWRITES =
  'An encoder-decoder reads all of the source before it writes, and its cross-attention looks back at every step.';

/** The questions' answers that lead to a family. */
export const TASKS = {
  classify: {
    label: 'Sort texts into classes',
    families: [
      { family: 'encoder-only', why: READS_BOTH, paper: 'BERT' },
      { family: 'decoder-only', why: CONTINUES, paper: 'GPT-3' },
    ],
    writes: false,
    probe: { id: 'transfer', title: 'Transfer Learning', field: 'model' },
  },
  label: {
    label: 'Mark words: names, places',
    families: [{ family: 'encoder-only', why: READS_BOTH, paper: 'BERT' }],
    writes: false,
    probe: { id: 'tasks', title: 'Tasks on Top', field: 'model', settings: { task: 'token-classification' } },
  },
  extract: {
    label: 'Find the answer in a passage',
    families: [
      { family: 'encoder-only', why: READS_BOTH, paper: 'BERT' },
      { family: 'encoder-decoder', why: REWRITES, paper: 'T5' },
    ],
    writes: false,
    probe: { id: 'tasks', title: 'Tasks on Top', field: 'model', settings: { task: 'question-answering' } },
  },
  search: {
    label: 'Search, or compare texts',
    families: [
      {
        family: 'encoder-only',
        why: 'A text becomes one vector, made once and compared with all others by a product.',
        paper: 'EmbeddingGemma',
      },
    ],
    writes: false,
    probe: { id: 'tasks', title: 'Tasks on Top', field: 'model', settings: { task: 'embeddings' } },
  },
  fill: {
    label: 'Fill in a missing word',
    families: [{ family: 'encoder-only', why: 'Masked training is this very task.', paper: 'RoBERTa' }],
    writes: false,
    probe: { id: 'prediction', title: 'Causal and Masked Prediction', field: 'masked' },
  },
  continue: {
    label: 'Write on, or complete code',
    families: [{ family: 'decoder-only', why: CONTINUES, paper: 'GPT-2' }],
    writes: true,
    probe: { id: 'generation', title: 'Generation Strategies', field: 'model' },
  },
  instruct: {
    label: 'Follow instructions, chat',
    families: [
      {
        family: 'decoder-only',
        why: 'Instruction tuning makes a model that continues text into one that answers.',
        paper: 'InstructGPT',
      },
      {
        family: 'encoder-decoder',
        why: 'Small models follow instructions too, once tuned on many.',
        paper: 'Flan-T5',
      },
    ],
    trained: /instruct|^flan/i,
    writes: true,
    probe: { id: 'generation', title: 'Generation Strategies', field: 'model' },
  },
  summarize: {
    label: 'Summarize',
    families: [
      { family: 'encoder-decoder', why: REWRITES, paper: 'BART' },
      { family: 'decoder-only', why: CONTINUES, paper: 'InstructGPT' },
    ],
    trained: /cnn|t5|instruct/i,
    writes: true,
    probe: { id: 'generation', title: 'Generation Strategies', field: 'model' },
  },
  translate: {
    label: 'Translate',
    families: [
      { family: 'encoder-decoder', why: REWRITES, paper: 'Transformer' },
      { family: 'decoder-only', why: CONTINUES, paper: 'GPT-3' },
    ],
    trained: /^(opus-mt|t5|flan|pocket-t5)|instruct/i,
    writes: true,
    probe: { id: 'generation', title: 'Generation Strategies', field: 'model' },
  },
  understand: {
    label: 'Learn how they work',
    families: [
      { family: 'encoder-only', why: READS_BOTH, paper: 'BERT' },
      { family: 'decoder-only', why: CONTINUES, paper: 'GPT-2' },
      { family: 'encoder-decoder', why: REWRITES, paper: 'T5' },
    ],
    writes: false,
    probe: { id: 'architectures', title: 'Architecture Comparison', field: '' },
  },
} as const satisfies Record<string, GuideTask>;

export type TaskName = keyof typeof TASKS;
export const TASK_ENTRIES = Object.entries(TASKS) as [TaskName, GuideTask][];
