import type { OnnxModel } from '../onnx/graph';
import type { Anatomy, AnatomyFile, AnatomyFormat, GraphInfo, MetadataEntry } from '../shared/anatomy';
import type { ByteSource } from './source';

/** Where a tensor's bytes lie. */
export type TensorPlace =
  { kind: 'range'; file: number; offset: number; bytes: number } | { kind: 'inline'; data: Uint8Array };

/** A tensor as a file's header has it. */
export interface RawTensor {
  name: string;
  /** Module path, where the name is not one. */
  path?: string;
  shape: number[];
  dtype: string;
  bytes: number;
  /** Position in `RawModel.files`. */
  file: number;
  place: TensorPlace | null;
  state: 'whole' | 'missing' | 'cut';
  /** Set by readers that know; else found by name and dtype. */
  role?: 'constant' | 'quantization';
  note?: string;
  /** ONNX: position of the first node that uses it. */
  usedAt?: number;
  /** Numbers it stands for, where that is not the product of its shape. */
  values?: number;
  /** Known to be another name for the tensor of this name. */
  tiedTo?: string;
  /** How packed values become numbers (ONNX quantisation). */
  quantized?: Quantized;
}

/** How a quantised matrix of `rows` x `columns` becomes numbers: value = (q - zero) * scale. */
export interface Quantized {
  bits: 2 | 4 | 8;
  signed: boolean;
  rows: number;
  columns: number;
  /** Packed: how many values along a row share a scale. */
  block: number;
  /** Plain: the axis that each index of has a scale of its own; null for one scale. */
  axis: 0 | 1 | null;
  /** Names of tensors; the zero point is 2^(bits-1) for packed and 0 for plain ones without. */
  scale: string;
  zero: string | null;
  packed: boolean;
}

/** What a reader finds in a file's header: tensors, in the file's order, and what the file says of itself. */
export interface RawModel {
  format: AnatomyFormat;
  name: string;
  tensors: RawTensor[];
  metadata: MetadataEntry[];
  files: AnatomyFile[];
  /** Open sources by position in `files`; null for a missing one. */
  sources: (ByteSource | null)[];
  problems: string[];
  graphs: GraphInfo[];
  /** Only for ONNX: the decoded graphs, in the order of `graphs`. */
  models?: OnnxModel[];
}

/** A model whose files stay open, so that tensors can be read when asked for. */
export interface OpenedModel {
  anatomy: Anatomy;
  /** Where the tensors' bytes are; in the order of `anatomy.tensors`. */
  raw: RawModel;
  close(): Promise<void>;
}
