import type { ArchitectureFacts, PositionKind, TensorInfo } from '../shared/anatomy';
import type { Family } from '../shared/model';
import { parseConfig } from '../models/config';
import type { JsonRecord } from '../models/json';
import { integerAt, isRecord, stringAt } from '../models/json';
import type { GgufValues } from './gguf';
import type { Place } from './names';
import type { RawModel } from './raw';

interface Sources {
  raw: RawModel & { values?: GgufValues };
  tensors: readonly TensorInfo[];
  places: readonly Place[];
  config: JsonRecord | null;
}

/** What the architecture table says: the config where there is one, else GGUF's keys, else what the tensors show. */
export function describeArchitecture(sources: Sources): ArchitectureFacts {
  const { raw, config } = sources;
  const shown = fromTensors(sources);
  const said = config ? fromConfig(config) : raw.values ? fromGguf(raw.values) : {};
  const facts = { ...shown };
  for (const [key, value] of Object.entries(said)) if (value !== null) Object.assign(facts, { [key]: value });
  if (facts.headSize === null && facts.hiddenSize !== null && facts.heads !== null) {
    facts.headSize = facts.hiddenSize / facts.heads;
  }
  facts.keyValueHeads ??= facts.heads;
  // Exporters store tied weights once: then there is no output matrix to compare, only what the config says.
  if (facts.tied === null && config && hasTiedOutput(config)) facts.tied = true;
  return facts;
}

/** Classes that end in an output matrix over the vocabulary. */
const LANGUAGE_MODEL = /(LMHeadModel|ForMaskedLM|ForCausalLM|ForConditionalGeneration|ForPreTraining)$/;

function hasTiedOutput(config: JsonRecord): boolean {
  const { architectures } = parseConfig(config);
  return config['tie_word_embeddings'] === true && LANGUAGE_MODEL.test(architectures[0] ?? '');
}

function fromTensors({ tensors, places }: Sources): ArchitectureFacts {
  const trained = tensors.flatMap((tensor, i) => {
    const place = places[i];
    return place && (tensor.role === 'parameter' || tensor.role === 'tied') ? [{ tensor, place }] : [];
  });
  const layersOf = (stack: Place['stack']) =>
    new Set(trained.filter(({ place }) => place.stack === stack).flatMap(({ place }) => place.layer ?? []))
      .size;
  const [encoder, decoder, only] = [layersOf('encoder'), layersOf('decoder'), layersOf(null)];
  const table = trained.find(({ tensor, place }) => isTokenTable(tensor, place))?.tensor;
  const norms = trained.filter(({ place }) => place.kind === 'norm').map(({ tensor }) => pathOf(tensor));
  const head = trained.some(
    // A bias for each word is no output matrix.
    ({ tensor: { shape }, place }) =>
      place.kind === 'head' &&
      shape.length === 2 &&
      table !== undefined &&
      shape.includes(table.shape[0] as number),
  );
  return {
    ...{
      class: null,
      architecture: null,
      heads: null,
      keyValueHeads: null,
      headSize: null,
      activation: null,
    },
    ...{ experts: null, maxTokens: null, normPlacement: null },
    family: encoder && decoder ? 'encoder-decoder' : null,
    layers: encoder || only || decoder || null,
    decoderLayers: encoder && decoder ? decoder : null,
    hiddenSize: table?.shape[1] ?? null,
    feedForwardSize: feedForwardSize(trained, table?.shape[1] ?? null),
    vocabulary: table?.shape[0] ?? null,
    positions: positionKind(trained),
    norm: norms.length === 0 ? null : norms.some((path) => path.endsWith('bias')) ? 'layer' : 'rms',
    tied: trained.some(isTiedOutput) ? true : head ? false : null,
    hasEncoder: encoder && decoder ? true : null,
    hasDecoder: encoder && decoder ? true : null,
  };
}

/** Output matrices are tied to embeddings; so is the other stack's copy of the table, which says nothing. */
function isTiedOutput({ tensor, place }: { tensor: TensorInfo; place: Place }): boolean {
  return tensor.role === 'tied' && place.kind === 'head';
}

const pathOf = (tensor: TensorInfo) => tensor.path ?? tensor.name;

function isTokenTable(tensor: TensorInfo, place: Place): boolean {
  return (
    place.kind === 'embeddings' &&
    tensor.shape.length === 2 &&
    /(word_embeddings|wte|embed_tokens|tok_embeddings|token_embd|shared|embed_in)\.weight/.test(
      pathOf(tensor),
    )
  );
}

function feedForwardSize(
  trained: readonly { tensor: TensorInfo; place: Place }[],
  hidden: number | null,
): number | null {
  const matrices = trained.filter(
    ({ tensor, place }) => place.kind === 'feed-forward' && tensor.shape.length === 2,
  );
  const sizes = matrices.flatMap(({ tensor }) => tensor.shape).filter((size) => size !== hidden);
  return sizes.length ? sizes.reduce((most, size) => Math.max(most, size)) : null;
}

function positionKind(trained: readonly { tensor: TensorInfo; place: Place }[]): PositionKind | null {
  const paths = trained
    .filter(({ place }) => place.kind === 'embeddings')
    .map(({ tensor }) => pathOf(tensor));
  if (paths.some((path) => /relative_attention_bias|rel_embeddings|attn_rel_b/.test(path))) return 'relative';
  return paths.some((path) => /position|wpe|embed_positions/.test(path)) ? 'learned' : null;
}

const ROTARY =
  /^(llama|mistral|mixtral|qwen|gemma|phi|smollm|gpt_neox|gptj|falcon|olmo|granite|cohere|stablelm|starcoder2|roformer|modernbert)/;
const SINUSOIDAL = /^(marian|pegasus|m2m_100|speech_to_text|xglm)/;
const RELATIVE = /^(t5|mt5|umt5|longt5|deberta|mpnet|xlnet)/;
const RMS = /^(t5|mt5|umt5|longt5|llama|mistral|mixtral|qwen|gemma|phi3|smollm|olmo2)/;
const POST =
  /^(bert|roberta|xlm-roberta|camembert|distilbert|albert|electra|deberta|bart|marian|xlm|mpnet)(-|$)/;

function fromConfig(config: JsonRecord): Partial<ArchitectureFacts> {
  const parsed = parseConfig(config);
  const { architecture: type, family } = parsed;
  const text = isRecord(config['text_config']) ? { ...config, ...config['text_config'] } : config;
  return {
    class: parsed.architectures[0] ?? null,
    architecture: type,
    family,
    layers: parsed.layers,
    decoderLayers: family === 'encoder-decoder' ? parsed.decoderLayers : null,
    hiddenSize: parsed.hiddenSize,
    heads: parsed.heads,
    keyValueHeads: parsed.keyValueHeads,
    headSize: first(text, ['head_dim', 'd_kv']),
    feedForwardSize: first(text, FEED_FORWARD),
    experts: expertsOf(text),
    vocabulary: parsed.vocabulary,
    positions: positionsOf(type, text),
    maxTokens: parsed.maxTokens,
    activation: activationOf(text),
    norm: type === 'unknown' ? null : RMS.test(type) ? 'rms' : 'layer',
    normPlacement: placementOf(type, config),
    ...sidesOf(family),
  };
}

const FEED_FORWARD = ['intermediate_size', 'd_ff', 'encoder_ffn_dim', 'ffn_dim', 'n_inner', 'hidden_dim'];
const ACTIVATION = [
  'hidden_act',
  'hidden_activation',
  'activation_function',
  'activation',
  'feed_forward_proj',
  'dense_act_fn',
];

function first(config: JsonRecord, keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = integerAt(config, key, 1);
    if (value !== null) return value;
  }
  return null;
}

function activationOf(config: JsonRecord): string | null {
  for (const key of ACTIVATION) {
    const value = stringAt(config, key);
    if (value !== null) return value.slice(0, 60);
  }
  return null;
}

function expertsOf(config: JsonRecord): ArchitectureFacts['experts'] {
  const count = first(config, ['num_local_experts', 'num_experts', 'n_routed_experts']);
  return count === null ? null : { count, used: first(config, ['num_experts_per_tok']) };
}

function positionsOf(type: string, config: JsonRecord): PositionKind | null {
  if (ROTARY.test(type)) return config['alibi'] === true ? 'alibi' : 'rotary';
  if (type === 'bloom' || type === 'mpt') return 'alibi';
  if (RELATIVE.test(type)) return 'relative';
  return SINUSOIDAL.test(type) ? 'sinusoidal' : null;
}

function placementOf(type: string, config: JsonRecord): ArchitectureFacts['normPlacement'] {
  if (type === 'unknown') return null;
  if (/^(gemma2|gemma3)/.test(type)) return 'both';
  if (type === 'opt') return config['do_layer_norm_before'] === false ? 'post' : 'pre';
  if (/^(xlm-roberta-xl|roberta-prelayernorm)$/.test(type)) return 'pre';
  return POST.test(type) ? 'post' : 'pre';
}

function sidesOf(family: Family | null): Pick<ArchitectureFacts, 'hasEncoder' | 'hasDecoder'> {
  if (family === null) return { hasEncoder: null, hasDecoder: null };
  return { hasEncoder: family !== 'decoder-only', hasDecoder: family !== 'encoder-only' };
}

/** GGUF names its keys `<architecture>.<key>`. */
function fromGguf(values: GgufValues): Partial<ArchitectureFacts> {
  const name = values.get('general.architecture');
  const architecture = typeof name === 'string' ? name.slice(0, 200) : null;
  const number = (key: string) => {
    const value = values.get(`${architecture}.${key}`);
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
  };
  const tokens = values.get('tokenizer.ggml.tokens');
  const experts = number('expert_count');
  return {
    architecture,
    layers: number('block_count'),
    hiddenSize: number('embedding_length'),
    heads: number('attention.head_count'),
    keyValueHeads: number('attention.head_count_kv'),
    headSize: number('attention.key_length'),
    feedForwardSize: number('feed_forward_length'),
    experts: experts === null ? null : { count: experts, used: number('expert_used_count') },
    vocabulary: typeof tokens === 'object' ? tokens.count : null,
    maxTokens: number('context_length'),
    positions: number('rope.dimension_count') === null ? null : 'rotary',
  };
}
