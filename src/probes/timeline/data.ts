import * as l10n from '@vscode/l10n';
import type { Family } from '../../shared/model';
import type { FigureSource, Openness, TimelineModel } from '../../shared/timeline';

/** An arXiv number, whose first four digits are the year and month of the paper, or another address with its month. */
type Source = string | readonly [month: string, address: string];

/** A number, and where it was read: at the row's source, at one of PAGES, or at an address. */
type Figure = readonly [value: number, from: 'source' | keyof typeof PAGES | `https://${string}`] | null;

type Row = readonly [
  name: string,
  organization: string,
  source: Source,
  parameters: Figure,
  family: Family,
  context: Figure,
  openness: Openness,
];

/** Pages that state the figures of many models. */
const PAGES = {
  survey: { label: 'Zhao et al., LLM survey', href: 'https://github.com/RUCAIBox/LLMSurvey' },
  openLlms: { label: 'Open LLMs', href: 'https://github.com/eugeneyan/open-llms' },
  kerasHub: { label: 'KerasHub', href: 'https://github.com/keras-team/keras-hub' },
  litgpt: {
    label: 'LitGPT',
    href: 'https://github.com/Lightning-AI/litgpt/blob/main/litgpt/config.py',
  },
  transformers: { label: 'Transformers', href: 'https://github.com/huggingface/transformers' },
  gallery: {
    label: 'Raschka, LLM gallery',
    href: 'https://sebastianraschka.com/llm-architecture-gallery/',
  },
} as const satisfies Record<string, FigureSource>;

const HUB = 'https://huggingface.co/';

const LANDMARKS = new Set([
  'Transformer',
  'GPT',
  'BERT',
  'GPT-2',
  'T5',
  'GPT-3',
  'InstructGPT',
  'LLaMA',
  'Mistral 7B',
  'Gemma 2',
  'SmolLM2',
]);

/**
 * By month and arXiv number. Sizes and contexts of the largest model; null where no page that says so was found. A model
 * page of the Hub stands for its config, from which the parameters were counted; 128K tokens are 131,072.
 */
// prettier-ignore
const ROWS: readonly Row[] = [
  ['Transformer', 'Google', '1706.03762', [213e6, 'source'], 'encoder-decoder', null, 'code'],
  ['GPT', 'OpenAI', ['2018-06', 'https://openai.com/index/language-unsupervised/'], [117e6, 'transformers'], 'decoder-only', [512, 'transformers'], 'weights'],
  ['BERT', 'Google', '1810.04805', [340e6, 'source'], 'encoder-only', [512, 'https://huggingface.co/google-bert/bert-large-uncased'], 'weights'],
  ['Transformer-XL', 'Google, CMU', '1901.02860', [0.8e9, 'source'], 'decoder-only', null, 'weights'],
  ['GPT-2', 'OpenAI', ['2019-02', 'https://openai.com/index/better-language-models/'], [1.558e9, 'https://huggingface.co/openai-community/gpt2-xl'], 'decoder-only', [1024, 'https://huggingface.co/openai-community/gpt2-xl'], 'weights'],
  ['RoBERTa', 'Facebook', '1907.11692', [355e6, 'https://huggingface.co/FacebookAI/roberta-large'], 'encoder-only', [512, 'https://huggingface.co/FacebookAI/roberta-large'], 'weights'],
  ['CTRL', 'Salesforce', '1909.05858', [1.6e9, 'https://github.com/salesforce/ctrl'], 'decoder-only', [512, 'https://github.com/salesforce/ctrl'], 'weights'],
  ['Megatron-LM', 'NVIDIA', '1909.08053', [8.3e9, 'source'], 'decoder-only', null, 'code'],
  ['ALBERT', 'Google', '1909.11942', [235e6, 'source'], 'encoder-only', [512, 'https://huggingface.co/albert/albert-xxlarge-v2'], 'weights'],
  ['DistilBERT', 'Hugging Face', '1910.01108', [66e6, 'https://huggingface.co/distilbert/distilbert-base-uncased'], 'encoder-only', [512, 'https://huggingface.co/distilbert/distilbert-base-uncased'], 'weights'],
  ['T5', 'Google', '1910.10683', [11e9, 'survey'], 'encoder-decoder', [512, 'openLlms'], 'weights'],
  ['BART', 'Facebook', '1910.13461', [406e6, 'https://huggingface.co/facebook/bart-large'], 'encoder-decoder', [1024, 'https://huggingface.co/facebook/bart-large'], 'weights'],
  ['XLM-R', 'Facebook', '1911.02116', [560e6, 'https://huggingface.co/FacebookAI/xlm-roberta-large'], 'encoder-only', [512, 'https://huggingface.co/FacebookAI/xlm-roberta-large'], 'weights'],
  ['PEGASUS', 'Google', '1912.08777', [571e6, 'https://huggingface.co/google/pegasus-large'], 'encoder-decoder', [1024, 'https://huggingface.co/google/pegasus-large'], 'weights'],
  ['Meena', 'Google', '2001.09977', [2.6e9, 'source'], 'encoder-decoder', null, 'none'],
  ['Turing-NLG', 'Microsoft', ['2020-02', 'https://www.microsoft.com/en-us/research/blog/turing-nlg-a-17-billion-parameter-language-model-by-microsoft/'], [17e9, 'source'], 'decoder-only', null, 'none'],
  ['ELECTRA', 'Google, Stanford', '2003.10555', [335e6, 'kerasHub'], 'encoder-only', [512, 'https://huggingface.co/google/electra-large-discriminator'], 'weights'],
  ['Longformer', 'AI2', '2004.05150', null, 'encoder-only', [4096, 'https://huggingface.co/allenai/longformer-base-4096'], 'weights'],
  ['BlenderBot', 'Facebook', '2004.13637', [9.4e9, 'source'], 'encoder-decoder', [128, 'transformers'], 'weights'],
  ['GPT-3', 'OpenAI', '2005.14165', [175e9, 'survey'], 'decoder-only', [2048, 'source'], 'service'],
  ['DeBERTa', 'Microsoft', '2006.03654', [1.5e9, 'transformers'], 'encoder-only', [512, 'transformers'], 'weights'],
  ['GShard', 'Google', '2006.16668', [600e9, 'survey'], 'encoder-decoder', null, 'none'],
  ['M2M-100', 'Facebook', '2010.11125', [15.4e9, 'source'], 'encoder-decoder', null, 'weights'],
  ['mT5', 'Google', '2010.11934', [13e9, 'https://github.com/google-research/multilingual-t5'], 'encoder-decoder', [1024, 'https://github.com/google-research/multilingual-t5'], 'weights'],
  ['Switch Transformer', 'Google', '2101.03961', [1.6e12, 'https://huggingface.co/google/switch-c-2048'], 'encoder-decoder', null, 'weights'],
  ['GPT-Neo', 'EleutherAI', ['2021-03', 'https://github.com/EleutherAI/gpt-neo'], [2.65e9, 'https://huggingface.co/EleutherAI/gpt-neo-2.7B'], 'decoder-only', [2048, 'https://huggingface.co/EleutherAI/gpt-neo-2.7B'], 'weights'],
  ['ByT5', 'Google', '2105.13626', [13e9, 'https://github.com/google-research/byt5'], 'encoder-decoder', [1024, 'https://github.com/google-research/byt5'], 'weights'],
  ['GPT-J', 'EleutherAI', ['2021-06', 'https://huggingface.co/EleutherAI/gpt-j-6b'], [6.05e9, 'source'], 'decoder-only', [2048, 'source'], 'weights'],
  ['Codex', 'OpenAI', '2107.03374', [12e9, 'survey'], 'decoder-only', null, 'service'],
  ['Jurassic-1', 'AI21', ['2021-08', 'https://www.ai21.com/blog/announcing-ai21-studio-and-jurassic-1'], [178e9, 'survey'], 'decoder-only', null, 'service'],
  ['CodeT5', 'Salesforce', '2109.00859', [220e6, 'source'], 'encoder-decoder', null, 'weights'],
  ['FLAN', 'Google', '2109.01652', [137e9, 'survey'], 'decoder-only', null, 'none'],
  ['T0', 'BigScience', '2110.08207', [11e9, 'survey'], 'encoder-decoder', null, 'weights'],
  ['DeBERTaV3', 'Microsoft', '2111.09543', [434e6, 'https://huggingface.co/microsoft/deberta-v3-large'], 'encoder-only', [512, 'https://huggingface.co/microsoft/deberta-v3-large'], 'weights'],
  ['GLaM', 'Google', '2112.06905', [1.2e12, 'survey'], 'decoder-only', null, 'none'],
  ['LongT5', 'Google', '2112.07916', null, 'encoder-decoder', [16384, 'transformers'], 'weights'],
  ['Gopher', 'DeepMind', '2112.11446', [280e9, 'survey'], 'decoder-only', null, 'none'],
  ['LaMDA', 'Google', '2201.08239', [137e9, 'survey'], 'decoder-only', null, 'none'],
  ['Megatron-Turing NLG', 'Microsoft, NVIDIA', '2201.11990', [530e9, 'survey'], 'decoder-only', null, 'none'],
  ['InstructGPT', 'OpenAI', '2203.02155', [175e9, 'survey'], 'decoder-only', null, 'service'],
  ['AlphaCode', 'DeepMind', '2203.07814', [41e9, 'survey'], 'encoder-decoder', null, 'none'],
  ['Chinchilla', 'DeepMind', '2203.15556', [70e9, 'survey'], 'decoder-only', null, 'none'],
  ['PaLM', 'Google', '2204.02311', [540e9, 'survey'], 'decoder-only', [2048, 'source'], 'none'],
  ['GPT-NeoX-20B', 'EleutherAI', '2204.06745', [20.6e9, 'https://huggingface.co/EleutherAI/gpt-neox-20b'], 'decoder-only', [2048, 'https://huggingface.co/EleutherAI/gpt-neox-20b'], 'weights'],
  ['OPT', 'Meta', '2205.01068', [175e9, 'survey'], 'decoder-only', [2048, 'transformers'], 'weights'],
  ['UL2', 'Google', '2205.05131', [20e9, 'survey'], 'encoder-decoder', [512, 'openLlms'], 'weights'],
  ['NLLB-200', 'Meta', '2207.04672', [55e9, 'survey'], 'encoder-decoder', null, 'weights'],
  ['Flan-T5', 'Google', '2210.11416', [11e9, 'survey'], 'encoder-decoder', null, 'weights'],
  ['ChatGPT', 'OpenAI', ['2022-11', 'https://openai.com/index/chatgpt/'], null, 'decoder-only', null, 'service'],
  ['BLOOM', 'BigScience', '2211.05100', [176e9, 'survey'], 'decoder-only', [2048, 'openLlms'], 'weights'],
  ['Galactica', 'Meta', '2211.09085', [120e9, 'survey'], 'decoder-only', [2048, 'source'], 'weights'],
  ['Whisper', 'OpenAI', '2212.04356', [1.54e9, 'https://huggingface.co/openai/whisper-large-v2'], 'encoder-decoder', [448, 'transformers'], 'weights'],
  ['LLaMA', 'Meta', '2302.13971', [65.2e9, 'source'], 'decoder-only', [2048, 'transformers'], 'weights'],
  ['GPT-4', 'OpenAI', '2303.08774', null, 'decoder-only', [8192, 'https://openai.com/research/gpt-4'], 'service'],
  ['Pythia', 'EleutherAI', '2304.01373', [12e9, 'survey'], 'decoder-only', [2048, 'openLlms'], 'weights'],
  ['MPT-7B', 'MosaicML', ['2023-05', 'https://www.databricks.com/blog/mpt-7b'], [6.7e9, 'https://huggingface.co/mosaicml/mpt-7b'], 'decoder-only', [2048, 'https://huggingface.co/mosaicml/mpt-7b'], 'weights'],
  ['StarCoder', 'BigCode', '2305.06161', [15.5e9, 'source'], 'decoder-only', [8192, 'source'], 'weights'],
  ['phi-1', 'Microsoft', '2306.11644', [1.3e9, 'source'], 'decoder-only', [2048, 'transformers'], 'weights'],
  ['Llama 2', 'Meta', '2307.09288', [69e9, 'https://huggingface.co/meta-llama/Llama-2-70b-hf'], 'decoder-only', [4096, 'https://huggingface.co/meta-llama/Llama-2-70b-hf'], 'weights'],
  ['Code Llama', 'Meta', '2308.12950', [70e9, 'litgpt'], 'decoder-only', [16384, 'litgpt'], 'weights'],
  ['Mistral 7B', 'Mistral AI', '2310.06825', [7.24e9, 'https://huggingface.co/mistralai/Mistral-7B-v0.1'], 'decoder-only', [8192, 'source'], 'weights'],
  ['Falcon', 'TII', '2311.16867', [180e9, 'openLlms'], 'decoder-only', [2048, 'litgpt'], 'weights'],
  ['Gemini 1.0', 'Google', '2312.11805', null, 'decoder-only', [32768, 'source'], 'service'],
  ['DeepSeek LLM', 'DeepSeek', '2401.02954', [67e9, 'source'], 'decoder-only', null, 'weights'],
  ['Mixtral 8x7B', 'Mistral AI', '2401.04088', [46.7e9, 'https://huggingface.co/mistralai/Mixtral-8x7B-v0.1'], 'decoder-only', [32768, 'https://huggingface.co/mistralai/Mixtral-8x7B-v0.1'], 'weights'],
  ['OLMo', 'AI2', '2402.00838', [7e9, 'openLlms'], 'decoder-only', [2048, 'openLlms'], 'weights'],
  ['Grok-1', 'xAI', ['2024-03', 'https://github.com/xai-org/grok-1'], [314e9, 'source'], 'decoder-only', [8192, 'source'], 'weights'],
  ['DBRX', 'Databricks', ['2024-03', 'https://www.databricks.com/blog/introducing-dbrx-new-state-art-open-llm'], [132e9, 'https://github.com/databricks/dbrx'], 'decoder-only', [32768, 'https://github.com/databricks/dbrx'], 'weights'],
  ['Gemma', 'Google', '2403.08295', [8.54e9, 'https://huggingface.co/google/gemma-7b'], 'decoder-only', [8192, 'https://huggingface.co/google/gemma-7b'], 'weights'],
  ['Phi-3', 'Microsoft', '2404.14219', [14e9, 'source'], 'decoder-only', null, 'weights'],
  ['DeepSeek-V2', 'DeepSeek', '2405.04434', [236e9, 'source'], 'decoder-only', [131072, 'source'], 'weights'],
  ['Nemotron-4 340B', 'NVIDIA', '2406.11704', [340e9, 'source'], 'decoder-only', [4096, 'https://huggingface.co/nvidia/Nemotron-4-340B-Instruct'], 'weights'],
  ['Qwen2', 'Alibaba', '2407.10671', [72e9, 'source'], 'decoder-only', [131072, 'source'], 'weights'],
  ['Llama 3.1', 'Meta', '2407.21783', [405e9, 'litgpt'], 'decoder-only', [131072, 'litgpt'], 'weights'],
  ['Gemma 2', 'Google', '2408.00118', [27.2e9, 'kerasHub'], 'decoder-only', [8192, 'litgpt'], 'weights'],
  ['Phi-4', 'Microsoft', '2412.08905', [14e9, 'source'], 'decoder-only', [16384, 'litgpt'], 'weights'],
  ['ModernBERT', 'Answer.AI, LightOn', '2412.13663', [395e6, 'https://huggingface.co/answerdotai/ModernBERT-large'], 'encoder-only', [8192, 'source'], 'weights'],
  ['Qwen2.5', 'Alibaba', '2412.15115', [72.7e9, 'kerasHub'], 'decoder-only', [131072, 'litgpt'], 'weights'],
  ['DeepSeek-V3', 'DeepSeek', '2412.19437', [671e9, 'gallery'], 'decoder-only', [131072, 'gallery'], 'weights'],
  ['OLMo 2', 'AI2', '2501.00656', [32e9, 'https://huggingface.co/allenai/OLMo-2-0325-32B'], 'decoder-only', [4096, 'gallery'], 'weights'],
  ['DeepSeek-R1', 'DeepSeek', '2501.12948', [671e9, 'https://github.com/deepseek-ai/DeepSeek-R1'], 'decoder-only', [131072, 'https://github.com/deepseek-ai/DeepSeek-R1'], 'weights'],
  ['SmolLM2', 'Hugging Face', '2502.02737', [1.71e9, 'https://huggingface.co/HuggingFaceTB/SmolLM2-1.7B'], 'decoder-only', [8192, 'https://huggingface.co/HuggingFaceTB/SmolLM2-1.7B'], 'weights'],
  ['EuroBERT', 'EuroBERT', '2503.05500', [2.1e9, 'source'], 'encoder-only', [8192, 'transformers'], 'weights'],
  ['Gemma 3', 'Google', '2503.19786', [27.4e9, 'kerasHub'], 'decoder-only', [131072, 'litgpt'], 'weights'],
  ['Llama 4 Maverick', 'Meta', ['2025-04', 'https://ai.meta.com/blog/llama-4-multimodal-intelligence/'], [400e9, 'https://github.com/meta-llama/llama-models/blob/main/models/llama4/MODEL_CARD.md'], 'decoder-only', [1048576, 'https://github.com/meta-llama/llama-models/blob/main/models/llama4/MODEL_CARD.md'], 'weights'],
  ['T5Gemma', 'Google', '2504.06225', [20.3e9, 'kerasHub'], 'encoder-decoder', [8192, 'transformers'], 'weights'],
  ['Qwen3', 'Alibaba', '2505.09388', [235e9, 'kerasHub'], 'decoder-only', [131072, 'gallery'], 'weights'],
  ['SmolLM3', 'Hugging Face', ['2025-07', 'https://huggingface.co/blog/smollm3'], [3.08e9, 'kerasHub'], 'decoder-only', [131072, 'gallery'], 'weights'],
  ['Kimi K2', 'Moonshot AI', '2507.20534', [1e12, 'https://github.com/MoonshotAI/Kimi-K2'], 'decoder-only', [131072, 'https://github.com/MoonshotAI/Kimi-K2'], 'weights'],
  ['GLM-4.5', 'Z.ai', '2508.06471', [355e9, 'gallery'], 'decoder-only', [131072, 'transformers'], 'weights'],
  ['gpt-oss-120b', 'OpenAI', '2508.10925', [116.8e9, 'kerasHub'], 'decoder-only', [131072, 'transformers'], 'weights'],
  ['mmBERT', 'Johns Hopkins University', '2509.06888', [307e6, 'https://huggingface.co/jhu-clsp/mmBERT-base'], 'encoder-only', [8192, 'https://huggingface.co/jhu-clsp/mmBERT-base'], 'weights'],
  ['EmbeddingGemma', 'Google', '2509.20354', [308e6, 'kerasHub'], 'encoder-only', [2048, 'https://ai.google.dev/gemma/docs/embeddinggemma'], 'weights'],
  ['Olmo 3', 'AI2', ['2025-11', 'https://huggingface.co/allenai/Olmo-3-1125-32B'], [32e9, 'gallery'], 'decoder-only', [65536, 'gallery'], 'weights'],
  ['Kimi K2.5', 'Moonshot AI', ['2026-01', 'https://huggingface.co/moonshotai/Kimi-K2.5'], [1e12, 'gallery'], 'decoder-only', [262144, 'gallery'], 'weights'],
  ['Qwen3.5', 'Alibaba', ['2026-02', 'https://huggingface.co/Qwen/Qwen3.5-397B-A17B'], [397e9, 'gallery'], 'decoder-only', [262144, 'gallery'], 'weights'],
  ['GLM-5', 'Z.ai', '2602.15763', [744e9, 'gallery'], 'decoder-only', [202752, 'transformers'], 'weights'],
];

export const MODELS: readonly TimelineModel[] = ROWS.map(
  ([name, organization, source, parameters, family, context, openness]) => {
    const place = placeOf(source);
    return {
      name,
      organization,
      ...place,
      parameters: parameters && parameters[0],
      parametersFrom: readAt(parameters, place.source),
      family,
      context: context && context[0],
      contextFrom: readAt(context, place.source),
      openness,
      isLandmark: LANDMARKS.has(name),
    };
  },
);

function placeOf(source: Source): Pick<TimelineModel, 'date' | 'source'> {
  if (typeof source !== 'string') return { date: source[0], source: source[1] };
  const date = `20${source.slice(0, 2)}-${source.slice(2, 4)}`;
  return { date, source: `https://arxiv.org/abs/${source}` };
}

function readAt(figure: Figure, source: string): FigureSource | null {
  if (figure === null) return null;
  const [, from] = figure;
  if (from === 'source') return { label: l10n.t('the source'), href: source };
  return from.startsWith('https://')
    ? {
        label: from
          .split('/')
          .slice(from.startsWith(HUB) ? 3 : 2, 5)
          .join('/'),
        href: from,
      }
    : PAGES[from as keyof typeof PAGES];
}
