import type { CatalogueEntry } from '../catalogue';

/** BERT's sizes: hidden, layers, heads; the feed-forward layer is four times as wide. */
function sizes(hidden_size: number, num_hidden_layers: number, num_attention_heads: number) {
  return { hidden_size, num_hidden_layers, num_attention_heads, intermediate_size: 4 * hidden_size };
}

function bert(id: string, vocab_size: number, size: ReturnType<typeof sizes>): CatalogueEntry {
  const config = {
    ...{ model_type: 'bert', architectures: ['BertModel'] as [string], vocab_size, ...size },
    ...{ max_position_embeddings: 512, type_vocab_size: 2, hidden_act: 'gelu' },
  };
  return { id, config };
}

function roberta(
  id: string,
  model_type: 'roberta' | 'xlm-roberta' | 'camembert',
  vocab_size: number,
  size: ReturnType<typeof sizes>,
): CatalogueEntry {
  const name = { roberta: 'RobertaModel', 'xlm-roberta': 'XLMRobertaModel', camembert: 'CamembertModel' }[
    model_type
  ];
  const config = {
    ...{ model_type, architectures: [name] as [string], vocab_size, ...size, pad_token_id: 1 },
    ...{ max_position_embeddings: 514, type_vocab_size: 1, hidden_act: 'gelu' },
  };
  return { id, config };
}

function albert(id: string, size: ReturnType<typeof sizes>, hidden_act: string): CatalogueEntry {
  const config = {
    ...{ model_type: 'albert', architectures: ['AlbertModel'] as [string], vocab_size: 30000, ...size },
    ...{ embedding_size: 128, max_position_embeddings: 512, type_vocab_size: 2, num_hidden_groups: 1 },
    ...{ inner_group_num: 1, hidden_act },
  };
  return { id, config };
}

function electra(id: string, embedding_size: number, size: ReturnType<typeof sizes>): CatalogueEntry {
  const config = {
    ...{
      model_type: 'electra',
      architectures: ['ElectraModel'] as [string],
      vocab_size: 30522,
      embedding_size,
    },
    ...{ ...size, max_position_embeddings: 512, type_vocab_size: 2, hidden_act: 'gelu' },
  };
  return { id, config };
}

const RELATIVE = {
  ...{
    relative_attention: true,
    max_relative_positions: -1,
    position_biased_input: false,
    type_vocab_size: 0,
  },
  ...{ max_position_embeddings: 512, pos_att_type: ['p2c', 'c2p'], hidden_act: 'gelu' },
};

function deberta(id: string, size: ReturnType<typeof sizes>): CatalogueEntry {
  const config = {
    ...{ model_type: 'deberta', architectures: ['DebertaModel'] as [string], vocab_size: 50265 },
    ...{ ...RELATIVE, pos_att_type: ['c2p', 'p2c'], ...size },
  };
  return { id, config };
}

function debertaV3(id: string, size: ReturnType<typeof sizes>): CatalogueEntry {
  const config = {
    ...{ model_type: 'deberta-v2', architectures: ['DebertaV2Model'] as [string], vocab_size: 128100 },
    ...{ ...RELATIVE, position_buckets: 256, norm_rel_ebd: 'layer_norm', share_att_key: true, ...size },
  };
  return { id, config };
}

const BASE = sizes(768, 12, 12);
const LARGE = sizes(1024, 24, 16);

export const ENCODERS: CatalogueEntry[] = [
  bert('google-bert/bert-base-uncased', 30522, BASE),
  bert('google-bert/bert-large-uncased', 30522, LARGE),
  bert('google-bert/bert-base-cased', 28996, BASE),
  bert('google-bert/bert-large-cased', 28996, LARGE),
  bert('google-bert/bert-base-multilingual-cased', 119547, BASE),
  bert('google-bert/bert-base-chinese', 21128, BASE),
  bert('prajjwal1/bert-tiny', 30522, sizes(128, 2, 2)),
  roberta('FacebookAI/roberta-base', 'roberta', 50265, BASE),
  roberta('FacebookAI/roberta-large', 'roberta', 50265, LARGE),
  roberta('FacebookAI/xlm-roberta-base', 'xlm-roberta', 250002, BASE),
  roberta('FacebookAI/xlm-roberta-large', 'xlm-roberta', 250002, LARGE),
  roberta('almanach/camembert-base', 'camembert', 32005, BASE),
  roberta('distilbert/distilroberta-base', 'roberta', 50265, sizes(768, 6, 12)),
  {
    id: 'distilbert/distilbert-base-uncased',
    config: {
      ...{ model_type: 'distilbert', architectures: ['DistilBertModel'], vocab_size: 30522, dim: 768 },
      ...{ hidden_dim: 3072, n_layers: 6, n_heads: 12, max_position_embeddings: 512, activation: 'gelu' },
    },
  },
  {
    id: 'distilbert/distilbert-base-multilingual-cased',
    config: {
      ...{ model_type: 'distilbert', architectures: ['DistilBertModel'], vocab_size: 119547, dim: 768 },
      ...{ hidden_dim: 3072, n_layers: 6, n_heads: 12, max_position_embeddings: 512, activation: 'gelu' },
    },
  },
  albert('albert/albert-base-v2', BASE, 'gelu_new'),
  albert('albert/albert-large-v2', LARGE, 'gelu_new'),
  albert('albert/albert-xlarge-v2', sizes(2048, 24, 16), 'gelu_new'),
  albert('albert/albert-xxlarge-v2', sizes(4096, 12, 64), 'gelu_new'),
  electra('google/electra-small-discriminator', 128, sizes(256, 12, 4)),
  electra('google/electra-base-discriminator', 768, BASE),
  electra('google/electra-large-discriminator', 1024, LARGE),
  deberta('microsoft/deberta-base', BASE),
  deberta('microsoft/deberta-large', LARGE),
  debertaV3('microsoft/deberta-v3-xsmall', sizes(384, 12, 6)),
  debertaV3('microsoft/deberta-v3-small', sizes(768, 6, 12)),
  debertaV3('microsoft/deberta-v3-base', BASE),
  debertaV3('microsoft/deberta-v3-large', LARGE),
];
