/** Models of one recipe at several sizes, by their names in the catalogue of published configs, smallest first. */
export interface ModelSeries {
  name: string;
  models: readonly string[];
}

export const SERIES: readonly ModelSeries[] = [
  { name: 'GPT-2', models: ['distilgpt2', 'gpt2', 'gpt2-medium', 'gpt2-large', 'gpt2-xl'] },
  {
    name: 'BERT',
    models: ['bert-tiny', 'distilbert-base-uncased', 'bert-base-uncased', 'bert-large-uncased'],
  },
  { name: 'T5', models: ['t5-small', 't5-base', 't5-large', 't5-3b'] },
  {
    name: 'DeBERTa-v3',
    models: ['deberta-v3-xsmall', 'deberta-v3-small', 'deberta-v3-base', 'deberta-v3-large'],
  },
  { name: 'Pythia', models: ['pythia-70m', 'pythia-160m', 'pythia-410m', 'pythia-1b', 'pythia-1.4b'] },
  { name: 'OPT', models: ['opt-125m', 'opt-350m', 'opt-1.3b', 'opt-2.7b', 'opt-6.7b'] },
  { name: 'Llama 3', models: ['Llama-3.2-1B', 'Llama-3.2-3B', 'Meta-Llama-3-8B', 'Meta-Llama-3-70B'] },
  { name: 'Qwen3', models: ['Qwen3-0.6B', 'Qwen3-1.7B', 'Qwen3-4B', 'Qwen3-8B'] },
  { name: 'SmolLM2', models: ['SmolLM2-135M', 'SmolLM2-360M', 'SmolLM2-1.7B'] },
  {
    name: 'Whisper',
    models: ['whisper-tiny', 'whisper-base', 'whisper-small', 'whisper-medium', 'whisper-large-v3'],
  },
];
