import * as l10n from '@vscode/l10n';
import { defineProbe } from './probe';
import { tokensReport } from './tokens/report';
import { runTokens } from './tokens/run';

const FIELDS = {
  word: {
    kind: 'text',
    label: l10n.t('Word to take apart'),
    default: '',
    placeholder: l10n.t('the one cut up most'),
    help: l10n.t('A word or some characters of the text, or any other word.'),
  },
  model: {
    kind: 'model',
    label: l10n.t('Model'),
    default: '',
    help: l10n.t('Its tokenizer comes first, and its embeddings are looked at.'),
  },
  second: { kind: 'model', label: l10n.t('Second tokenizer'), default: '', usual: 'decoder-only' },
  third: { kind: 'model', label: l10n.t('Third tokenizer'), default: '', usual: 'encoder-decoder' },
  top: { kind: 'number', label: l10n.t('Neighbors'), default: 8, min: 1, max: 50, integer: true },
} as const;

/** From the text to what enters the first layer. */
export const tokens = defineProbe({
  id: 'tokens',
  title: l10n.t('Tokens and Embeddings'),
  topic: 'Architecture',
  summary: l10n.t(
    'How three tokenizers cut the text, how each word was made, and what enters the first layer.',
  ),
  shows: l10n.t(
    'The same text cut by up to three tokenizers; the steps by which each made a word, from its own merges, pieces or probabilities; the sum of token, position and segment that enters the first layer of the first model; the nearest embeddings of the word’s tokens; a map of the text’s tokens; and how alike its sentences are.',
  ),
  look: l10n.t(
    'Rare words, other languages and emoji are cut into many tokens, and a model pays for each. Follow a word step by step: pieces come from frequency, not from grammar. Neighbors of an embedding are words in similar places: plurals, other cases, the same word without its space. Compare the two pictures of the sentences: what the layers added is not in the words.',
  ),
  limits: l10n.t(
    'Few tokens do not make a good model. An embedding is what a token means before any context, and a cosine near 1 says nothing by itself where all embeddings point the same way: compare it with the mean given. The map shows two of many dimensions. A model that was not trained to compare sentences often finds all of them alike.',
  ),
  links: [
    { label: l10n.t('Sennrich et al. 2016: byte-pair encoding'), href: 'https://arxiv.org/abs/1508.07909' },
    { label: l10n.t('Wu et al. 2016: WordPiece'), href: 'https://arxiv.org/abs/1609.08144' },
    { label: l10n.t('Kudo 2018: Unigram'), href: 'https://arxiv.org/abs/1804.10959' },
    { label: l10n.t('Rust et al. 2021: fertility'), href: 'https://arxiv.org/abs/2012.15613' },
    {
      label: l10n.t('Ethayarajh 2019: all embeddings point one way'),
      href: 'https://arxiv.org/abs/1909.00512',
    },
    { label: l10n.t('Reimers and Gurevych 2019: mean pooling'), href: 'https://arxiv.org/abs/1908.10084' },
  ],
  input: 'text',
  sample:
    'The doctor was unhappy with the examination. The nurse disliked the examination, too. Tokenization costs more for naïve café 🥐 and 東京 than for plain words.',
  live: true,
  fields: FIELDS,
  run: (inference, { segments, settings }, { signal, onProgress }) => {
    const { word, top, model, second, third } = settings;
    const models = [...new Set([model, second, third])].filter((one) => one !== '');
    const request = { segments, models, word, top };
    return runTokens(inference, request, (...said) => onProgress?.(...said), signal);
  },
  report: tokensReport,
});
