import type { Family } from '../shared/model';

/** `model_type` of config.json -> family, for the types that are met as ONNX exports. */
const TYPES: Record<Family, string> = {
  'encoder-only':
    'albert bert big_bird camembert canine convbert data2vec-text deberta deberta-v2 distilbert electra ernie esm ' +
    'flaubert fnet funnel ibert longformer luke mega megatron-bert mobilebert modernbert mpnet mra nezha nomic_bert ' +
    'nystromformer qdqbert rembert roberta roberta-prelayernorm roc_bert roformer squeezebert xlm xlm-roberta ' +
    'xlm-roberta-xl xmod yoso',
  'decoder-only':
    'arcee bitnet biogpt bloom codegen cohere cohere2 ctrl dbrx deepseek_v2 deepseek_v3 ernie4_5 exaone exaone4 falcon ' +
    'gemma gemma2 gemma3 gemma3_text glm glm4 gpt2 gpt_bigcode gpt_neo gpt_neox gpt_oss gptj granite granitemoe ' +
    'helium hunyuan_v1_dense imp jais lfm2 llama llama4_text mistral ministral mixtral mobilellm mpt nanochat ' +
    'nemotron olmo olmo2 olmo3 olmoe openai-gpt openelm opt persimmon phi phi3 phimoe qwen2 qwen2_moe qwen3 ' +
    'qwen3_moe smollm3 stablelm starcoder2 vaultgemma xglm',
  'encoder-decoder':
    'bart bigbird_pegasus blenderbot blenderbot-small encoder-decoder led longt5 m2m_100 marian mbart mt5 mvp nllb-moe ' +
    'pegasus pegasus_x plbart prophetnet speech_to_text switch_transformers t5 t5gemma umt5 whisper xlm-prophetnet',
};

const BY_TYPE = new Map<string, Family>(
  (Object.keys(TYPES) as Family[]).flatMap((family) =>
    TYPES[family].split(' ').map((type) => [type, family] as const),
  ),
);

const BY_ARCHITECTURE: [RegExp, Family][] = [
  [/For(ConditionalGeneration|Seq2SeqLM)$/, 'encoder-decoder'],
  [/(ForCausalLM|LMHeadModel)$/, 'decoder-only'],
  [/(ForMaskedLM|ForPreTraining)$/, 'encoder-only'],
];

/**
 * The family by what config.json says, most telling first: `is_encoder_decoder`, `model_type`, `architectures`. Null
 * when none of them tells; whether attention is causal is then a thing to measure.
 */
export function familyByConfig(
  type: string,
  architectures: string[],
  isEncoderDecoder: boolean,
): Family | null {
  if (isEncoderDecoder)
    return architectures.some((name) => /EncoderModel$/.test(name)) ? 'encoder-only' : 'encoder-decoder';
  const byType = BY_TYPE.get(type);
  if (byType) return byType;
  return BY_ARCHITECTURE.find(([pattern]) => architectures.some((name) => pattern.test(name)))?.[1] ?? null;
}

/** Positions are relative or a bias, so the length of the input has no hard limit. */
export const UNLIMITED = new Set(
  'bloom longt5 mpt mt5 switch_transformers t5 umt5 xlnet transfo-xl'.split(' '),
);

/** Position ids start after the padding id, so that many rows of the position table are never used. */
export const PADDED_POSITIONS = new Set(
  'camembert data2vec-text esm ibert longformer luke mpnet roberta roberta-prelayernorm xlm-roberta xlm-roberta-xl xmod'.split(
    ' ',
  ),
);
