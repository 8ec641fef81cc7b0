import type { Graph, GraphIndex } from '../graph';
import { indexGraph, intAttribute } from '../graph';

/** Where token ids become vectors. */
export interface TokenEmbedding {
  /** The graph input with the ids. */
  ids: string;
  /** [B, T, hidden]: rows of the embedding matrix, before positions, types, norms and scales. */
  tensor: string;
}

/** What may be between the ids and the look-up without changing them. */
const PASSING = new Set(['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/** The second keeps its table in blocks of small integers. */
const LOOK_UPS = new Set(['Gather', 'GatherBlockQuantized']);

const IDS = /^(decoder_)?input_ids$/;

/**
 * The look-ups of token embeddings: every Gather of rows of a constant matrix by the graph's own token ids. A graph with
 * one integer matrix as its only input means the ids by it, whatever its name.
 */
export function findEmbeddings(graph: Graph): TokenEmbedding[] {
  const index = indexGraph(graph);
  const given = graph.inputs.filter(({ name }) => !index.initializers.has(name));
  const lone = given.length === 1 ? given[0]?.name : undefined;
  return graph.nodes.flatMap((node) => {
    const [table = '', indices = ''] = node.inputs;
    const axis = intAttribute(node, node.opType === 'Gather' ? 'axis' : 'gather_axis', 0);
    if (!LOOK_UPS.has(node.opType) || axis !== 0 || !index.constants.has(table)) return [];
    const ids = idsBehind(index, indices);
    return ids !== null && (IDS.test(ids) || ids === lone) ? [{ ids, tensor: node.outputs[0] ?? '' }] : [];
  });
}

function idsBehind(index: GraphIndex, name: string): string | null {
  for (let hops = 0; hops < 8; hops++) {
    if (index.graphInputs.has(name) && !index.initializers.has(name)) return name;
    const node = index.producer.get(name);
    if (!node || !PASSING.has(node.opType)) return null;
    name = node.inputs[0] ?? '';
  }
  return null;
}
