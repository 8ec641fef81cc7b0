import { readFileSync } from 'node:fs';

/** A tensor of a graph that holds a parameter. */
export interface Held {
  tensor: string;
  transposed?: boolean;
}

/** PyTorch's gradients and Captum's attributions for one prediction; see test/fixtures/make_gradients.py. */
export interface PytorchGradients {
  model: string;
  input_ids: number[];
  decoder_input_ids?: number[];
  position: number | null;
  token: number;
  output: 'logit' | 'log-probability';
  value: number;
  exports: Record<string, Record<string, Held[]>>;
  parameters: Record<
    string,
    { shape: number[]; norm: number; largest: number; stride: number; values: number[] }
  >;
  embeddings: number[][];
  attribution: Record<Scores, number[][]> & { baseline: number[][]; baseline_value: number; steps: number };
}

export type Scores =
  | 'gradient-input'
  | 'integrated-gradients'
  | 'occlusion'
  | 'attention-gradient'
  | 'attention-mean'
  | 'attention-last'
  | 'attention-rollout';

export function readGradients(path: string): PytorchGradients {
  return JSON.parse(readFileSync(path, 'utf8')) as PytorchGradients;
}
