import { bertEmbeddings, bertLayers, classifier, encoderSizes } from './bert';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

const BARE = /^(Roberta|XLMRoberta|Camembert)Model$|^$/;

/** RoBERTa (arXiv:1907.11692), XLM-RoBERTa, CamemBERT: BERT with other heads. */
export function roberta(to: Shapes, c: ConfigValues): void {
  const sizes = encoderSizes(c);
  const { hidden } = sizes;
  const vocabulary = c.type === 'roberta' ? 50265 : 30522;
  const base = to.at(BARE.test(c.class) ? '' : 'roberta');
  bertEmbeddings(base.at('embeddings'), c, hidden, { vocabulary });
  bertLayers(base.at('encoder'), c, sizes);
  if (BARE.test(c.class) || /ForMultipleChoice$/.test(c.class)) base.linear('pooler.dense', hidden, hidden);
  if (/ForMaskedLM$|ForCausalLM$/.test(c.class)) head(to, c, hidden, vocabulary);
  if (/ForSequenceClassification$/.test(c.class)) {
    to.linear('classifier.dense', hidden, hidden);
    to.linear('classifier.out_proj', hidden, c.labels);
  } else classifier(to, c, hidden);
}

function head(to: Shapes, c: ConfigValues, hidden: number, vocabulary: number): void {
  const rows = c.size('vocab_size', vocabulary);
  const tied = c.flag('tie_word_embeddings', true) ? 'roberta.embeddings.word_embeddings.weight' : null;
  to.add('lm_head.bias', rows);
  to.linear('lm_head.dense', hidden, hidden);
  to.norm('lm_head.layer_norm', hidden);
  to.output('lm_head.decoder', rows, hidden, tied);
}
