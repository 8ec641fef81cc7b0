import type { Family } from '../../shared/model';
import type { Precision } from './files';

/** A well-known model and where its ONNX files are. */
export interface CatalogueModel {
  /** Name by which people know it. */
  name: string;
  family: Family;
  /** `model_type` of its config.json. */
  architecture: string;
  /** Repository with ONNX files. */
  repository: string;
  /** Repository of configuration and tokenizer, where the other holds graphs only. */
  companions?: string;
  /** The files that are opened, of the precision below; empty where they were not seen. */
  graphs: string[];
  precision: Precision;
  /** Bytes of the graphs and their weights as the Hub's pages show them, to three digits; null where not seen. */
  bytes: number | null;
  /** Licence of the original model by its SPDX or Hub name; null where it states none. */
  license: string | null;
  /** Whether it was trained on source code. */
  isForCode?: boolean;
  /** Where layout and size come from. */
  source: CatalogueSource;
}

/**
 * `files`: the Hub's page of the repository's files, with their sizes. `layout`: the Hub's pages name the repository and
 * some of its files, not the size. `use`: published programs fetch it by this id. The plan of a download always tells the
 * exact bytes before anything is fetched.
 */
export type CatalogueSource = 'files' | 'layout' | 'use';

const SINGLE = ['onnx/model.onnx'];
const DECODER = ['onnx/decoder_model.onnx'];
const PAIR = ['onnx/encoder_model.onnx', 'onnx/decoder_model.onnx'];

type Row = Omit<CatalogueModel, 'family' | 'architecture' | 'precision'> & { precision?: Precision };

function rows(family: Family, architecture: string, models: Row[]): CatalogueModel[] {
  return models.map((model) => ({ precision: 'fp32', ...model, family, architecture }));
}

/** The well-known models, by family. */
export const CATALOGUE: readonly CatalogueModel[] = [
  ...rows('encoder-only', 'bert', [
    {
      name: 'bert-base-uncased',
      repository: 'Xenova/bert-base-uncased',
      graphs: SINGLE,
      bytes: 438e6,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 'bert-base-cased',
      repository: 'Xenova/bert-base-cased',
      graphs: SINGLE,
      bytes: 434e6,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 'bert-large-uncased',
      repository: 'ort-community/bert-large-uncased-ONNX-ORT',
      companions: 'google-bert/bert-large-uncased',
      graphs: ['onnx_models/model.onnx'],
      bytes: 1.34e9,
      license: 'apache-2.0',
      source: 'files',
    },
  ]),
  ...rows('encoder-only', 'distilbert', [
    {
      name: 'distilbert-base-uncased',
      repository: 'Xenova/distilbert-base-uncased',
      graphs: SINGLE,
      bytes: 268e6,
      license: 'apache-2.0',
      source: 'files',
    },
  ]),
  ...rows('encoder-only', 'roberta', [
    {
      name: 'roberta-base',
      repository: 'Xenova/roberta-base',
      graphs: SINGLE,
      bytes: 499e6,
      license: 'mit',
      source: 'files',
    },
    {
      name: 'codebert-base',
      repository: 'onnx-community/codebert-base-ONNX',
      graphs: [],
      bytes: null,
      license: null,
      isForCode: true,
      source: 'layout',
    },
    {
      name: 'CodeBERTa-small-v1',
      repository: 'onnx-community/CodeBERTa-small-v1-ONNX',
      graphs: SINGLE,
      bytes: null,
      license: null,
      isForCode: true,
      source: 'layout',
    },
  ]),
  ...rows('encoder-only', 'albert', [
    {
      name: 'albert-base-v2',
      repository: 'Xenova/albert-base-v2',
      graphs: SINGLE,
      bytes: 45.3e6,
      license: 'apache-2.0',
      source: 'files',
    },
  ]),
  ...rows('decoder-only', 'gpt2', [
    {
      name: 'gpt2',
      repository: 'onnx-community/gpt2-ONNX',
      graphs: SINGLE,
      bytes: 498e6,
      license: 'mit',
      source: 'files',
    },
    {
      name: 'gpt2-medium',
      repository: 'openai-community/gpt2-medium',
      graphs: DECODER,
      bytes: 1.63e9,
      license: 'mit',
      source: 'files',
    },
    {
      name: 'distilgpt2',
      repository: 'Xenova/distilgpt2',
      graphs: DECODER,
      bytes: 329e6,
      license: 'apache-2.0',
      source: 'files',
    },
  ]),
  ...rows('decoder-only', 'opt', [
    {
      name: 'opt-125m',
      repository: 'Xenova/opt-125m',
      graphs: DECODER,
      bytes: 501e6,
      license: 'other',
      source: 'files',
    },
  ]),
  ...rows('decoder-only', 'llama', [
    {
      name: 'SmolLM2-135M',
      repository: 'onnx-community/SmolLM2-135M-ONNX',
      graphs: [],
      bytes: null,
      license: 'apache-2.0',
      source: 'use',
    },
    {
      name: 'SmolLM2-135M-Instruct',
      repository: 'HuggingFaceTB/SmolLM2-135M-Instruct',
      graphs: SINGLE,
      bytes: 654e6,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 'Llama-3.2-1B',
      repository: 'onnx-community/Llama-3.2-1B',
      graphs: ['onnx/model_fp16.onnx'],
      precision: 'fp16',
      bytes: 2.47e9,
      license: 'llama3.2',
      source: 'files',
    },
  ]),
  ...rows('decoder-only', 'qwen2', [
    {
      name: 'Qwen2.5-0.5B',
      repository: 'onnx-community/Qwen2.5-0.5B',
      graphs: [],
      bytes: null,
      license: 'apache-2.0',
      source: 'use',
    },
    {
      name: 'Qwen2.5-0.5B-Instruct',
      repository: 'onnx-community/Qwen2.5-0.5B-Instruct',
      graphs: SINGLE,
      bytes: 1.99e9,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 'Qwen2.5-Coder-0.5B-Instruct',
      repository: 'onnx-community/Qwen2.5-Coder-0.5B-Instruct',
      graphs: SINGLE,
      bytes: 2.53e9,
      license: 'apache-2.0',
      isForCode: true,
      source: 'files',
    },
  ]),
  ...rows('encoder-decoder', 't5', [
    {
      name: 't5-small',
      repository: 'Xenova/t5-small',
      graphs: PAIR,
      bytes: 308e6,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 't5-base',
      repository: 'Xenova/t5-base',
      graphs: PAIR,
      bytes: 991e6,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 'flan-t5-small',
      repository: 'Xenova/flan-t5-small',
      graphs: PAIR,
      bytes: null,
      license: 'apache-2.0',
      source: 'layout',
    },
    {
      name: 'codet5-base',
      repository: 'onnx-community/codet5-base-ONNX',
      graphs: [],
      bytes: null,
      license: 'apache-2.0',
      isForCode: true,
      source: 'layout',
    },
  ]),
  ...rows('encoder-decoder', 'bart', [
    {
      name: 'bart-base',
      repository: 'Rachneet/bart-base-onnx',
      companions: 'facebook/bart-base',
      graphs: ['bart-base-encoder.onnx', 'bart-base-init-decoder.onnx'],
      bytes: 867e6,
      license: 'apache-2.0',
      source: 'files',
    },
    {
      name: 'distilbart-cnn-12-6',
      repository: 'Xenova/distilbart-cnn-12-6',
      graphs: [],
      bytes: null,
      license: 'apache-2.0',
      source: 'layout',
    },
  ]),
  ...rows('encoder-decoder', 'marian', [
    {
      name: 'opus-mt-en-fr',
      repository: 'Xenova/opus-mt-en-fr',
      graphs: PAIR,
      bytes: 423e6,
      license: 'apache-2.0',
      source: 'files',
    },
  ]),
];

/** Where the configuration and the tokenizer of a repository's graphs are; null where they lie beside them. */
export function companionsOf(repository: string): string | null {
  return CATALOGUE.find((model) => model.repository === repository)?.companions ?? null;
}

/** The well-known model of a name, in any case; null where there is none. */
export function wellKnown(name: string): CatalogueModel | null {
  const wanted = name.trim().toLowerCase();
  return CATALOGUE.find((model) => model.name.toLowerCase() === wanted) ?? null;
}
