import * as l10n from '@vscode/l10n';
import type { AttentionKind } from './attention';
import type { Family } from './model';

/**
 * What a model is made of, without its weights. Everything here is plain data that goes over wires and into files as
 * JSON. Strings come from files: whoever shows them escapes them.
 */
export interface Anatomy {
  /** Short name for titles: the file's or folder's name, or the catalogue's. */
  name: string;
  /** Where the tensors were read from; `config`: computed from config.json, no file was opened. */
  format: AnatomyFormat;
  facts: ArchitectureFacts;
  /** PyTorch's `sum(p.numel() for p in model.parameters())`: tied weights once, buffers and constants not at all. */
  parameters: number;
  /** Bytes of the tensors as stored; computed from the config's `torch_dtype` (float32 if absent) for `config`. */
  bytes: number;
  /** By dtype, most bytes first. */
  precisions: Precision[];
  /** The model's parts in the order of computation: embeddings, blocks, final norm, head; or the two stacks. */
  components: Component[];
  /** In the file's order. Components refer to them by position. */
  tensors: TensorInfo[];
  /** What the file says of itself, in its order: config.json's entries, GGUF's keys, ONNX's producer and metadata. */
  metadata: MetadataEntry[];
  files: AnatomyFile[];
  /** What is wrong with the files and was worked around, as sentences: missing shards, cut off weights. */
  problems: string[];
  /** Only for ONNX. */
  graphs: GraphInfo[];
}

export type AnatomyFormat = 'onnx' | 'safetensors' | 'gguf' | 'config';

export interface Precision {
  dtype: string;
  tensors: number;
  parameters: number;
  bytes: number;
}

export interface MetadataEntry {
  key: string;
  /** As text; lists by their length and first items. */
  value: string;
}

export interface AnatomyFile {
  name: string;
  /** Bytes; null if the file is missing. */
  size: number | null;
  /** Bytes that the headers say should be there, where that is more than there are. */
  expected?: number;
}

/**
 * - `parameter`: counted.
 * - `tied`: the same values as another tensor (`tiedTo`), counted there.
 * - `constant`: masks, positions, shape arithmetic, buffers: not trained, not counted.
 * - `quantization`: scales and zero points of a quantised weight, not counted.
 */
export type TensorRole = 'parameter' | 'tied' | 'constant' | 'quantization';

export interface TensorInfo {
  /** As in the file. */
  name: string;
  /**
   * The module path of the parameter, such as `encoder.layer.0.attention.self.query.weight`, where the file's name is not
   * one: taken from the nodes that use it or from its place in the graph. Absent: `name` is the path.
   */
  path?: string;
  /** As stored, slowest axis first. GGUF's sizes are turned round to this order. */
  shape: number[];
  /** `F32`, `F16`, `BF16`, `I8`, `I64`, `BOOL`, `Q4_K` ...; `Q4`: 4-bit blocks of ONNX's MatMulNBits. */
  dtype: string;
  /** Bytes as stored. */
  bytes: number;
  role: TensorRole;
  /** Numbers that it contributes to the total: 0 unless `role` is `parameter`. */
  parameters: number;
  /** Name of the tensor that holds the same weights. */
  tiedTo?: string;
  /** Why it is not counted, or how it was placed; a sentence. */
  note?: string;
  /** ONNX: position of the first node that uses it. */
  usedAt?: number;
  /** Layer it belongs to, from 0 inside its stack; null outside of the blocks. */
  layer: number | null;
  /** Position in `Anatomy.files`; -1 for a config. */
  file: number;
  /** `missing`: its file is not there; `cut`: its file ends before it does. */
  state: 'whole' | 'missing' | 'cut';
}

export type ComponentKind =
  | 'encoder'
  | 'decoder'
  | 'embeddings'
  | 'block'
  | 'attention'
  | 'cross-attention'
  | 'feed-forward'
  | 'experts'
  | 'norm'
  | 'head'
  | 'pooler'
  | 'other'
  | 'constants';

/**
 * A part of the model. A block that repeats is one component: `count` is how often, `layers` which, and everything
 * below it holds the tensors of all those layers; sums are over all of them.
 */
export interface Component {
  /** Unique in the tree and the same for the same model tomorrow, such as `decoder/block/attention`. */
  id: string;
  /** For people: `Block`, `Self-attention`, `query`. */
  label: string;
  kind: ComponentKind;
  parameters: number;
  bytes: number;
  /** Part of the model's parameters, 0 to 1. */
  share: number;
  /** Only for blocks: how many identical ones, at least 1. */
  count?: number;
  /** Only for blocks: their layer numbers, ascending. */
  layers?: number[];
  children: Component[];
  /** Own tensors (not the children's), as positions in `Anatomy.tensors`, in the file's order. */
  tensors: number[];
}

export type PositionKind = 'learned' | 'sinusoidal' | 'rotary' | 'relative' | 'alibi';

/** What people see of them. */
export const POSITION_NAMES: Record<PositionKind, string> = {
  learned: l10n.t('learned'),
  sinusoidal: l10n.t('sinusoidal'),
  rotary: l10n.t('rotary'),
  relative: l10n.t('relative'),
  alibi: 'alibi',
};

/** One row of the architecture table. Null: the file and config do not say. */
export interface ArchitectureFacts {
  /** Class name, such as `BertForMaskedLM`. */
  class: string | null;
  /** `model_type` or GGUF's `general.architecture`, such as `bert`. */
  architecture: string | null;
  family: Family | null;
  /** Layers of the encoder, or of the only stack. */
  layers: number | null;
  /** Only for encoder-decoders. */
  decoderLayers: number | null;
  hiddenSize: number | null;
  heads: number | null;
  keyValueHeads: number | null;
  headSize: number | null;
  feedForwardSize: number | null;
  /** Experts a layer, and how many of them a token uses. */
  experts: { count: number; used: number | null } | null;
  vocabulary: number | null;
  positions: PositionKind | null;
  /** Longest input in tokens. */
  maxTokens: number | null;
  /** Of the feed-forward network, such as `gelu` or `silu`. */
  activation: string | null;
  norm: 'layer' | 'rms' | null;
  /** Before each sub-layer, after it, or both. */
  normPlacement: 'pre' | 'post' | 'both' | null;
  /** Whether input and output embeddings are one matrix. Null where there is no output matrix. */
  tied: boolean | null;
  hasEncoder: boolean | null;
  hasDecoder: boolean | null;
}

export interface GraphInfo {
  /** File name. */
  file: string;
  producer: string;
  opsets: { domain: string; version: number }[];
  /** Every operator with how often it is used, branches and functions included; most frequent first. */
  operators: { domain: string; name: string; count: number }[];
  inputs: GraphValue[];
  outputs: GraphValue[];
  nodes: number;
  /** The attention that the graph computes, in its order, where the program finds it. */
  attention: AttentionPlace[];
}

/** One attention computation of a graph: which attention view shows it, and whether a residual stream goes around it. */
export interface AttentionPlace {
  /** As in attention results; `encoder` and `decoder` are not told apart in a graph with one stack: null. */
  kind: AttentionKind | null;
  layer: number;
  residual: boolean;
}

export interface GraphValue {
  name: string;
  dtype: string;
  /** Sizes, names of symbolic sizes, or null where not stated. */
  shape: (number | string | null)[];
}

/** The block diagram as data: no positions, no colours. */
export interface BlockDiagram {
  nodes: BlockNode[];
  edges: BlockEdge[];
}

export interface BlockNode {
  id: string;
  label: string;
  kind: ComponentKind | 'input' | 'output' | 'add';
  parameters: number;
  /** How often a block repeats. */
  count?: number;
  layers?: number[];
  /** What is inside, for expanding; absent where there is nothing more to show. */
  children?: BlockDiagram;
  /** Positions in `Anatomy.tensors` of everything inside. */
  tensors: number[];
}

export interface BlockEdge {
  from: string;
  to: string;
  /**
   * `residual`: the stream around a sub-layer; `memory`: the encoder's output into cross-attention; `tied`: both ends use
   * the same weights.
   */
  kind: 'data' | 'residual' | 'memory' | 'tied';
}

/** One row of the table: a property and its value in each model, as text; null where it is not known. */
export interface ComparisonRow {
  label: string;
  values: (string | null)[];
  /** True if the known values are not all the same. */
  differs: boolean;
}

/** How one tensor differs between two models. */
export type TensorChange =
  | { kind: 'same'; name: string; shape: number[] }
  | { kind: 'renamed'; name: string; from: string; shape: number[] }
  | { kind: 'reshaped'; name: string; shape: number[]; from: number[] }
  | { kind: 'only'; name: string; side: 'left' | 'right'; shape: number[] };

export interface StructuralDiff {
  same: number;
  changes: Exclude<TensorChange, { kind: 'same' }>[];
}

/** ||a - b|| / ||a|| of one tensor (Frobenius norms); null where a is zero everywhere and b is not. */
export interface WeightChange {
  name: string;
  parameters: number;
  relative: number | null;
}

/** Statistics of one tensor's values. NaN and infinities are counted apart and left out of everything else. */
export interface TensorStats {
  name: string;
  dtype: string;
  shape: number[];
  count: number;
  notFinite: number;
  /** Null for a tensor without finite values. */
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Population standard deviation. */
  std: number | null;
  /** Part of the values that are exactly 0. */
  sparsity: number;
  /** Equal bins from `min` to `max`, the last one closed: how many values each. */
  histogram: number[];
  /** Euclidean norms of the rows (first axis; everything else flattened); at most 65,536 rows, null above. */
  rowNorms: number[] | null;
  /** Euclidean norms of the columns (every axis but the first, flattened); at most 65,536 columns, null above. */
  columnNorms: number[] | null;
}

/** A 2-D slice at a lower resolution: the mean of the values that each cell covers, row-major. */
export interface TensorSlice {
  rows: number;
  columns: number;
  /** Size of the slice itself. */
  height: number;
  width: number;
  values: Float32Array;
}
