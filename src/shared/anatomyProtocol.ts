import type {
  Anatomy,
  BlockDiagram,
  ComparisonRow,
  ComponentKind,
  StructuralDiff,
  TensorSlice,
  TensorStats,
  WeightChange,
} from './anatomy';
import type { AttentionKind } from './attention';
import type { ErrorMessage } from './errors';

/**
 * The whole contract between the extension host and the anatomy panel (the read-only editor of model files, and the same
 * page for models of the Hub and the catalogue). As in `protocol.ts` the panel owns nothing: it says `ready`, gets a
 * complete snapshot, and asks for what is on the screen. Tensors and components are named by their position in
 * `Anatomy.tensors` and by `Component.id`; both are from the snapshot's model, whose `key` goes with every request.
 */
export const ANATOMY_PROTOCOL_VERSION = 1;

export type AnatomyTab = 'diagram' | 'tensors' | 'graph' | 'about' | 'compare';

/** What the panel keeps across hiding and reload: where the user was looking, never results. */
export interface AnatomyPanelState {
  version: typeof ANATOMY_PROTOCOL_VERSION;
  /** `ModelAnatomy.key` that the rest belongs to; null before the first snapshot. */
  key: string | null;
  tab: AnatomyTab;
  /** Chosen box or component. */
  selected: string | null;
  /** Boxes that are unfolded. */
  expanded: string[];
  /** Chosen tensor. */
  tensor: number | null;
  /** Text of the tensor table's filter. */
  filter: string;
}

/** One opened model with everything that is computed from it without reading weights. */
export interface ModelAnatomy {
  /** The same while the file on disk is the same, another one after it changed; at most 64 word characters or `-`. */
  key: string;
  anatomy: Anatomy;
  diagram: BlockDiagram;
  /** Bytes of all parameters at usual precisions. */
  sizes: { dtype: string; bytes: number }[];
  /** Parameters by kind of component, anywhere in the model. */
  kinds: Partial<Record<ComponentKind, number>>;
  /** False for a model known by its config alone: there are no weights to read. */
  hasWeights: boolean;
  /** Whether the attention view can run this model, so that its layers may be shown there. */
  hasAttention: boolean;
}

/** Everything needed to paint the panel. */
export interface AnatomySnapshot {
  /** Null while the first one is being read, and if it cannot be. */
  model: ModelAnatomy | null;
  /** Set while the model or one to compare with is being read. */
  busy: { message: string } | null;
  /** The last failure; a model from before it stays visible. */
  error: ErrorMessage | null;
  /** The file on disk is not the one that is shown (`refresh` reads it again). */
  stale: boolean;
  /** Models beside this one, in the order they were added. */
  others: ModelAnatomy[];
  /** One row a property; values of `model` first, then of `others`. Empty without others. */
  comparison: ComparisonRow[];
}

/** Host -> view, no answer expected. */
export interface AnatomyHostEvents {
  snapshot: AnatomySnapshot;
  /** Asked for by the sidebar tree or a command: show this component or tensor. */
  select: { component: string } | { tensor: number };
}

/** View -> host, no answer expected. */
export interface AnatomyViewEvents {
  ready: { state: AnatomyPanelState | null };
  /** Read the file again. */
  refresh: null;
  /** Stop reading the model (while `busy`). */
  cancel: null;
  /** Show this component or tensor in the sidebar's tree. */
  reveal: { component: string } | { tensor: number };
  /** Show the attention of one layer of this model; without a text, the host asks for one or uses the selected one. */
  showAttention: { kind: AttentionKind | null; layer: number };
  /** Let the user choose a model to put beside this one; the answer is a snapshot. */
  addComparison: null;
  removeComparison: { key: string };
  /** Open another model in this kind of panel (offered when nothing is open, or when it failed). */
  openModel: null;
  /** Put the model, or one component of it, on the clipboard. */
  copy: { format: 'json' | 'markdown' | 'csv'; component: string | null };
  /** Put a name or a small table that the panel shows on the clipboard; at most 1,000,000 characters. */
  copyText: { text: string };
}

/** A rectangle of a tensor as a matrix: the first axis is rows, everything else is columns. `to` is exclusive. */
export interface SliceWindow {
  rows?: [from: number, to: number];
  columns?: [from: number, to: number];
}

/** The operators of one module in one layer: the last level of the block diagram. ONNX only. */
export interface OperatorGraph {
  /** Boxes `op-N`, N being the node's position in its graph. At most 400, in the graph's order. */
  diagram: BlockDiagram;
  /** Position in `Anatomy.graphs`. */
  graph: number;
  /** Operators that the module has; more than boxes where it was cut off. */
  total: number;
}

/** One operator of a graph, as the file says. */
export interface GraphNode {
  /** Position in the graph. */
  index: number;
  name: string;
  domain: string;
  operator: string;
  inputs: string[];
  outputs: string[];
}

/**
 * View -> host, answered: method name -> [parameters, result]. All can be cancelled and fail with a ProbeError;
 * `statistics`, `slice` and `weights` report how far they are as a number, 0 to 1 (see `RequestHandlers` in rpc.ts).
 */
export interface AnatomyViewRequests {
  /**
   * Operators of a component (`Component.id`) in one of its layers (null outside of blocks): by the nodes' names, else
   * those from the first to the last that uses its tensors. No boxes: not known.
   */
  operators: [{ key: string; component: string; layer: number | null }, OperatorGraph];
  /** Nodes `from` to `to` (exclusive, at most 1,000) of a graph, in its order; the raw graph, page by page. */
  nodes: [{ key: string; graph: number; from: number; to: number }, GraphNode[]];
  /** Reads a tensor's values. */
  statistics: [{ key: string; tensor: number }, TensorStats];
  /** Reads a rectangle of a tensor as an image of at most `side` (1 to 2,000) cells a side. */
  slice: [{ key: string; tensor: number; side: number; window: SliceWindow }, TensorSlice];
  /** How the tensors of the model differ from those of one of the `others`. */
  structure: [{ key: string; other: string }, StructuralDiff];
  /** Reads the weights of both. */
  weights: [{ key: string; other: string }, WeightChange[]];
  /** Saves the picture of the block diagram where the user says: an SVG document, or the bytes of a PNG. */
  savePicture: [
    { key: string; format: 'svg'; data: string } | { key: string; format: 'png'; data: Uint8Array },
    { saved: boolean },
  ];
}
