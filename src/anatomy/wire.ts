import type { ExportFormat } from './export';
import type { TensorInfo } from '../shared/anatomy';
import type { AnatomyViewRequests, ModelAnatomy } from '../shared/anatomyProtocol';

/** What the worker is told when it starts. */
export interface WorkerData {
  /** File of the display language's messages; English if absent. */
  messagesFile?: string;
}

/** Where a model is to be read from. `path` is one of its files; null: the model that they are. */
export type ModelPlace =
  | { kind: 'local'; directory: string; path: string | null }
  /** Files that the other side reads, by a number that it gave them. */
  | { kind: 'served'; files: number; name: string; path: string | null }
  /** A model of the catalogue, by its id: computed from its config. */
  | { kind: 'catalogue'; id: string };

/** An opened model without what only the extension host knows. */
export type OpenedAnatomy = Omit<ModelAnatomy, 'hasAttention'>;

/** What the anatomy worker answers of the panel's requests; models are named by their keys. */
type Answered = 'operators' | 'nodes' | 'statistics' | 'slice' | 'structure' | 'weights';

/** What the anatomy worker answers: method name -> [parameters, result]. */
export interface AnatomyMethods extends Pick<AnatomyViewRequests, Answered> {
  /**
   * Opens a model and keeps its files open until `close`, which has to follow as often. `id` stands for the place. The
   * answer's `anatomy.tensors` is empty and `tensors` says how many there are: a hundred thousand of them in one message
   * would hold up who takes it, so they come in parts.
   */
  open: [{ id: string; place: ModelPlace }, OpenedAnatomy & { tensors: number }];
  tensors: [{ key: string; from: number; to: number }, TensorInfo[]];
  close: [{ key: string }, null];
  /** The model, or one component of it, for the clipboard. */
  text: [{ key: string; component: string | null; format: ExportFormat }, string];
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
