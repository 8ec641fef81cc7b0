import type { JsonRecord } from '../../models/json';
import type { CatalogueEntry } from '../catalogue';

function entry(id: string, model_type: string, name: string, config: JsonRecord): CatalogueEntry {
  return { id, config: { model_type, architectures: [name], ...config } };
}

function gpt2(id: string, n_embd: number, n_layer: number, n_head: number): CatalogueEntry {
  return entry(id, 'gpt2', 'GPT2LMHeadModel', {
    ...{ vocab_size: 50257, n_positions: 1024, n_embd, n_layer, n_head, activation_function: 'gelu_new' },
  });
}

function gptNeo(id: string, hidden_size: number, num_layers: number, num_heads: number): CatalogueEntry {
  return entry(id, 'gpt_neo', 'GPTNeoForCausalLM', {
    ...{ vocab_size: 50257, max_position_embeddings: 2048, hidden_size, num_layers, num_heads },
    activation_function: 'gelu_new',
    attention_types: [[['global', 'local'], num_layers / 2]],
  });
}

function neoX(
  id: string,
  vocab_size: number,
  [hidden_size, num_hidden_layers, num_attention_heads]: [number, number, number],
): CatalogueEntry {
  return entry(id, 'gpt_neox', 'GPTNeoXForCausalLM', {
    ...{
      vocab_size,
      hidden_size,
      num_hidden_layers,
      num_attention_heads,
      intermediate_size: 4 * hidden_size,
    },
    ...{
      max_position_embeddings: 2048,
      hidden_act: 'gelu',
      tie_word_embeddings: false,
      torch_dtype: 'float16',
    },
  });
}

function opt(
  id: string,
  [hidden_size, num_hidden_layers, num_attention_heads]: [number, number, number],
  rest: JsonRecord = {},
): CatalogueEntry {
  return entry(id, 'opt', 'OPTForCausalLM', {
    ...{ vocab_size: 50272, hidden_size, num_hidden_layers, num_attention_heads, ffn_dim: 4 * hidden_size },
    ...{ word_embed_proj_dim: hidden_size, max_position_embeddings: 2048, activation_function: 'relu' },
    ...{ do_layer_norm_before: true, torch_dtype: 'float16', ...rest },
  });
}

function bloom(id: string, hidden_size: number, n_layer: number, n_head: number): CatalogueEntry {
  return entry(id, 'bloom', 'BloomForCausalLM', { vocab_size: 250880, hidden_size, n_layer, n_head });
}

/** Sizes of the Llama line. */
interface Line {
  vocab: number;
  hidden: number;
  feedForward: number;
  layers: number;
  heads: number;
  keyValue: number;
  positions: number;
  headSize?: number;
  tied?: boolean;
  act?: string;
  dtype?: string;
}

const CLASSES = {
  ...{ llama: 'LlamaForCausalLM', mistral: 'MistralForCausalLM', mixtral: 'MixtralForCausalLM' },
  ...{ qwen2: 'Qwen2ForCausalLM', qwen3: 'Qwen3ForCausalLM', gemma: 'GemmaForCausalLM' },
  ...{ gemma2: 'Gemma2ForCausalLM', gemma3_text: 'Gemma3ForCausalLM', phi3: 'Phi3ForCausalLM' },
};

function line(id: string, type: keyof typeof CLASSES, sizes: Line, rest: JsonRecord = {}): CatalogueEntry {
  return entry(id, type, CLASSES[type], {
    ...{ vocab_size: sizes.vocab, hidden_size: sizes.hidden, intermediate_size: sizes.feedForward },
    ...{
      num_hidden_layers: sizes.layers,
      num_attention_heads: sizes.heads,
      num_key_value_heads: sizes.keyValue,
    },
    ...{ max_position_embeddings: sizes.positions, hidden_act: sizes.act ?? 'silu' },
    ...(sizes.headSize !== undefined && { head_dim: sizes.headSize }),
    ...{ tie_word_embeddings: sizes.tied ?? false, torch_dtype: sizes.dtype ?? 'bfloat16', ...rest },
  });
}

const LLAMA_2 = { vocab: 32000, positions: 4096, dtype: 'float16' };
const LLAMA_3 = { vocab: 128256, positions: 8192 };
const LLAMA_32 = { vocab: 128256, positions: 131072, tied: true };
const SIZE_7B = { hidden: 4096, feedForward: 11008, layers: 32, heads: 32, keyValue: 32 };
const SIZE_8B = { hidden: 4096, feedForward: 14336, layers: 32, heads: 32, keyValue: 8 };
const SIZE_70B = { hidden: 8192, feedForward: 28672, layers: 80, heads: 64, keyValue: 8 };
const QWEN = { vocab: 151936, positions: 32768 };
const QWEN_3 = { vocab: 151936, positions: 40960, headSize: 128 };
const GEMMA = { vocab: 256000, positions: 8192, headSize: 256, tied: true, act: 'gelu_pytorch_tanh' };
const GEMMA_3 = { ...GEMMA, vocab: 262144, positions: 32768 };

export const DECODERS: CatalogueEntry[] = [
  gpt2('distilbert/distilgpt2', 768, 6, 12),
  gpt2('openai-community/gpt2', 768, 12, 12),
  gpt2('openai-community/gpt2-medium', 1024, 24, 16),
  gpt2('openai-community/gpt2-large', 1280, 36, 20),
  gpt2('openai-community/gpt2-xl', 1600, 48, 25),
  gptNeo('EleutherAI/gpt-neo-125m', 768, 12, 12),
  gptNeo('EleutherAI/gpt-neo-1.3B', 2048, 24, 16),
  gptNeo('EleutherAI/gpt-neo-2.7B', 2560, 32, 20),
  entry('EleutherAI/gpt-j-6b', 'gptj', 'GPTJForCausalLM', {
    ...{ vocab_size: 50400, n_positions: 2048, n_embd: 4096, n_layer: 28, n_head: 16, rotary_dim: 64 },
    ...{ activation_function: 'gelu_new', tie_word_embeddings: false },
  }),
  neoX('EleutherAI/pythia-70m', 50304, [512, 6, 8]),
  neoX('EleutherAI/pythia-160m', 50304, [768, 12, 12]),
  neoX('EleutherAI/pythia-410m', 50304, [1024, 24, 16]),
  neoX('EleutherAI/pythia-1b', 50304, [2048, 16, 8]),
  neoX('EleutherAI/pythia-1.4b', 50304, [2048, 24, 16]),
  neoX('EleutherAI/gpt-neox-20b', 50432, [6144, 44, 64]),
  opt('facebook/opt-125m', [768, 12, 12]),
  opt('facebook/opt-350m', [1024, 24, 16], { word_embed_proj_dim: 512, do_layer_norm_before: false }),
  opt('facebook/opt-1.3b', [2048, 24, 32]),
  opt('facebook/opt-2.7b', [2560, 32, 32]),
  opt('facebook/opt-6.7b', [4096, 32, 32]),
  bloom('bigscience/bloom-560m', 1024, 24, 16),
  bloom('bigscience/bloom-1b1', 1536, 24, 16),
  bloom('bigscience/bloom', 14336, 70, 112),
  entry('tiiuae/falcon-7b', 'falcon', 'FalconForCausalLM', {
    ...{ vocab_size: 65024, hidden_size: 4544, num_hidden_layers: 32, num_attention_heads: 71 },
    ...{ multi_query: true, parallel_attn: true, bias: false, new_decoder_architecture: false, alibi: false },
    torch_dtype: 'bfloat16',
  }),
  line('meta-llama/Llama-2-7b-hf', 'llama', { ...LLAMA_2, ...SIZE_7B }),
  line('meta-llama/Llama-2-13b-hf', 'llama', {
    ...{ ...LLAMA_2, hidden: 5120, feedForward: 13824, layers: 40, heads: 40, keyValue: 40 },
  }),
  line('meta-llama/Llama-2-70b-hf', 'llama', { ...LLAMA_2, ...SIZE_70B }),
  line('meta-llama/Meta-Llama-3-8B', 'llama', { ...LLAMA_3, ...SIZE_8B }),
  line('meta-llama/Meta-Llama-3-70B', 'llama', { ...LLAMA_3, ...SIZE_70B }),
  line('meta-llama/Llama-3.1-8B', 'llama', { ...LLAMA_3, ...SIZE_8B, positions: 131072 }),
  line('meta-llama/Llama-3.2-1B', 'llama', {
    ...{ ...LLAMA_32, hidden: 2048, feedForward: 8192, layers: 16, heads: 32, keyValue: 8, headSize: 64 },
  }),
  line('meta-llama/Llama-3.2-3B', 'llama', {
    ...{ ...LLAMA_32, hidden: 3072, feedForward: 8192, layers: 28, heads: 24, keyValue: 8, headSize: 128 },
  }),
  line('TinyLlama/TinyLlama-1.1B-Chat-v1.0', 'llama', {
    ...{ vocab: 32000, positions: 2048, hidden: 2048, feedForward: 5632, layers: 22, heads: 32, keyValue: 4 },
  }),
  line('HuggingFaceTB/SmolLM2-135M', 'llama', {
    ...{ vocab: 49152, positions: 8192, tied: true },
    ...{ hidden: 576, feedForward: 1536, layers: 30, heads: 9, keyValue: 3 },
  }),
  line('HuggingFaceTB/SmolLM2-360M', 'llama', {
    ...{ vocab: 49152, positions: 8192, tied: true },
    ...{ hidden: 960, feedForward: 2560, layers: 32, heads: 15, keyValue: 5 },
  }),
  line('HuggingFaceTB/SmolLM2-1.7B', 'llama', {
    ...{ vocab: 49152, positions: 8192, tied: true },
    ...{ hidden: 2048, feedForward: 8192, layers: 24, heads: 32, keyValue: 32 },
  }),
  line('mistralai/Mistral-7B-v0.1', 'mistral', { ...SIZE_8B, vocab: 32000, positions: 32768 }),
  line('mistralai/Mistral-7B-v0.3', 'mistral', { ...SIZE_8B, vocab: 32768, positions: 32768 }),
  line(
    'mistralai/Mixtral-8x7B-v0.1',
    'mixtral',
    { ...SIZE_8B, vocab: 32000, positions: 32768 },
    { num_local_experts: 8, num_experts_per_tok: 2 },
  ),
  line('Qwen/Qwen2.5-0.5B', 'qwen2', {
    ...{ ...QWEN, tied: true, hidden: 896, feedForward: 4864, layers: 24, heads: 14, keyValue: 2 },
  }),
  line('Qwen/Qwen2.5-1.5B', 'qwen2', {
    ...{ ...QWEN, tied: true, hidden: 1536, feedForward: 8960, layers: 28, heads: 12, keyValue: 2 },
  }),
  line('Qwen/Qwen2.5-3B', 'qwen2', {
    ...{ ...QWEN, tied: true, hidden: 2048, feedForward: 11008, layers: 36, heads: 16, keyValue: 2 },
  }),
  line('Qwen/Qwen2.5-7B', 'qwen2', {
    ...{ ...QWEN, vocab: 152064, positions: 131072 },
    ...{ hidden: 3584, feedForward: 18944, layers: 28, heads: 28, keyValue: 4 },
  }),
  line('Qwen/Qwen3-0.6B', 'qwen3', {
    ...{ ...QWEN_3, tied: true, hidden: 1024, feedForward: 3072, layers: 28, heads: 16, keyValue: 8 },
  }),
  line('Qwen/Qwen3-1.7B', 'qwen3', {
    ...{ ...QWEN_3, tied: true, hidden: 2048, feedForward: 6144, layers: 28, heads: 16, keyValue: 8 },
  }),
  line('Qwen/Qwen3-4B', 'qwen3', {
    ...{ ...QWEN_3, tied: true, hidden: 2560, feedForward: 9728, layers: 36, heads: 32, keyValue: 8 },
  }),
  line('Qwen/Qwen3-8B', 'qwen3', {
    ...{ ...QWEN_3, hidden: 4096, feedForward: 12288, layers: 36, heads: 32, keyValue: 8 },
  }),
  line('google/gemma-2b', 'gemma', {
    ...{ ...GEMMA, hidden: 2048, feedForward: 16384, layers: 18, heads: 8, keyValue: 1 },
  }),
  line('google/gemma-7b', 'gemma', {
    ...{ ...GEMMA, hidden: 3072, feedForward: 24576, layers: 28, heads: 16, keyValue: 16 },
  }),
  line('google/gemma-2-2b', 'gemma2', {
    ...{ ...GEMMA, hidden: 2304, feedForward: 9216, layers: 26, heads: 8, keyValue: 4 },
  }),
  line('google/gemma-2-9b', 'gemma2', {
    ...{ ...GEMMA, hidden: 3584, feedForward: 14336, layers: 42, heads: 16, keyValue: 8 },
  }),
  line('google/gemma-3-270m', 'gemma3_text', {
    ...{ ...GEMMA_3, hidden: 640, feedForward: 2048, layers: 18, heads: 4, keyValue: 1 },
  }),
  line('google/gemma-3-1b-pt', 'gemma3_text', {
    ...{ ...GEMMA_3, hidden: 1152, feedForward: 6912, layers: 26, heads: 4, keyValue: 1 },
  }),
  entry('microsoft/phi-1_5', 'phi', 'PhiForCausalLM', {
    ...{ vocab_size: 51200, hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 24 },
    ...{
      num_attention_heads: 32,
      max_position_embeddings: 2048,
      hidden_act: 'gelu_new',
      torch_dtype: 'float16',
    },
  }),
  entry('microsoft/phi-2', 'phi', 'PhiForCausalLM', {
    ...{ vocab_size: 51200, hidden_size: 2560, intermediate_size: 10240, num_hidden_layers: 32 },
    ...{
      num_attention_heads: 32,
      max_position_embeddings: 2048,
      hidden_act: 'gelu_new',
      torch_dtype: 'float16',
    },
  }),
  line('microsoft/Phi-3-mini-4k-instruct', 'phi3', {
    ...{
      vocab: 32064,
      hidden: 3072,
      feedForward: 8192,
      layers: 32,
      heads: 32,
      keyValue: 32,
      positions: 4096,
    },
  }),
];
