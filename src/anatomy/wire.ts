import type { StructuralDiff, TensorSlice, TensorStats, WeightChange } from '../shared/anatomy';
import type { ExportFormat } from './export';
import type { AnatomyViewRequests, GraphNode, ModelAnatomy, OperatorGraph } from '../shared/anatomyProtocol';

/** Where a model is to be read from. `path` is one of its files; null: the model that they are. */
export type ModelPlace =
  | { kind: 'local'; directory: string; path: string | null }
  /** Files that the other side reads, by a number that it gave them. */
  | { kind: 'served'; files: number; name: string; path: string | null }
  /** A model of the catalogue, by its id: computed from its config. */
  | { kind: 'catalogue'; id: string };

/** An opened model without what only the extension host knows. */
export type OpenedAnatomy = Omit<ModelAnatomy, 'hasAttention'>;

/** A request of the panel, with a number for its `progress` events instead of the panel's own. */
type Numbered<K extends keyof AnatomyViewRequests> = Omit<AnatomyViewRequests[K][0], 'id'> & { task: number };

/** What the anatomy worker answers: method name -> [parameters, result]. Models are named by their keys. */
export interface AnatomyMethods {
  /** Opens a model and keeps its files open until `close`, which has to follow as often. `id` stands for the place. */
  open: [{ id: string; place: ModelPlace }, OpenedAnatomy];
  close: [{ key: string }, null];
  operators: [AnatomyViewRequests['operators'][0], OperatorGraph];
  /** The model, or one component of it, for the clipboard. */
  text: [{ key: string; component: string | null; format: ExportFormat }, string];
  nodes: [AnatomyViewRequests['nodes'][0], GraphNode[]];
  statistics: [Numbered<'statistics'>, TensorStats];
  slice: [Numbered<'slice'>, TensorSlice];
  structure: [AnatomyViewRequests['structure'][0], StructuralDiff];
  weights: [Numbered<'weights'>, WeightChange[]];
}

export interface AnatomyEvents {
  /** How far a request with a task number is, 0 to 1. */
  progress: { task: number; done: number };
}

/** What the worker asks of the side that serves files. */
export interface ServingMethods {
  list: [{ files: number }, string[]];
  /** Null for a file that is not there. */
  openFile: [{ files: number; path: string }, ServedFile | null];
  read: [{ source: number; offset: number; length: number }, Uint8Array];
  closeFile: [{ source: number }, null];
}

export interface ServedFile {
  source: number;
  name: string;
  size: number;
  stamp: string | null;
}
