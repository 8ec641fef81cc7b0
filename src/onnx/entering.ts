import { findEmbeddings } from './backward/embeddings';
import { constantTensor, constantValues } from './constants';
import type { Graph, GraphIndex, OnnxNode } from './graph';
import { indexGraph } from './graph';
import { ancestors, joinsStream } from './finder/walk';
import type { GraphAddition, NewNode } from './taps';

/** The terms of the sum that enters a stack's first layer, by the names of their tensors. */
export interface EnteringSum {
  /** [B, T, width]: rows of the token embeddings' table, scaled where the model scales them. */
  token: string;
  /** [B or 1, T or 1, width], in the graph's order. */
  others: { kind: 'position' | 'segment'; tensor: string }[];
  /** What the model adds them up to; `token` where it is alone. */
  sum: string;
  /** Rows of the table of tokens; null where the graph does not say. */
  rows: number | null;
  /** What has to be appended to the graph for these tensors, where a fused operator keeps them to itself. */
  addition?: GraphAddition;
}

/** Models tell apart this many kinds of text at most; tables of positions are longer. */
const MOST_SEGMENTS = 16;
const MAX_BACK = 64;
const PASSING = new Set(['Identity', 'Cast', 'Dropout', 'DequantizeLinear']);

/** ONNX Runtime's sum of three look-ups with the norm behind it. */
const FUSED = 'EmbedLayerNormalization';

/**
 * Follows the look-up of the input's tokens forward to the first layer: what is added on the way are positions and
 * segments. Null where no look-up is found.
 *
 * @param entering the hidden state that enters the first layer.
 */
export function findEnteringSum(graph: Graph, entering: string): EnteringSum | null {
  const index = indexGraph(graph);
  const fused = index.producer.get(entering);
  if (fused?.opType === FUSED) return unfused(index, fused);
  const all = findEmbeddings(graph);
  const found = all.find(({ ids }) => !ids.startsWith('decoder')) ?? all[0];
  if (!found) return null;
  const others: EnteringSum['others'] = [];
  const rows = tableRows(index, index.producer.get(found.tensor)?.inputs[0] ?? '');
  let token = found.tensor;
  let sum = token;
  while (sum !== entering) {
    const next = joiningNode(index, sum);
    if (!next) break;
    const added = joinsStream(next) ? next.inputs.slice(0, 2).filter((name) => name !== sum) : [];
    const output = sumOf(next);
    if (output === null) break;
    others.push(...added.flatMap((name) => termsOf(index, name)));
    sum = output;
    // Scaled before anything is added (Gemma, the first Transformer): the term is what is added.
    if (others.length === 0) token = sum;
  }
  return { token, others, sum, rows };
}

/** The node by which a sum grows, or is scaled or cast; undefined where something else reads it. */
function joiningNode(index: GraphIndex, name: string): OnnxNode | undefined {
  return (index.consumers.get(name) ?? []).find((node) => {
    if (joinsStream(node)) return node.inputs.slice(0, 2).includes(name);
    if (node.opType === 'Mul') return node.inputs.some((input) => constantValues(index, input)?.length === 1);
    return PASSING.has(node.opType);
  });
}

/** The sum that a node makes: a fused sum and norm may keep it to itself. */
function sumOf(node: OnnxNode): string | null {
  const isFused = joinsStream(node) && node.opType !== 'Add';
  return (isFused ? node.outputs[3] : node.outputs[0]) || null;
}

/** The terms of what is added: itself, or both sides where it is a sum of look-ups. */
function termsOf(index: GraphIndex, name: string): EnteringSum['others'] {
  const node = index.producer.get(name);
  const isSum = node?.opType === 'Add' && node.inputs.every((input) => looksUp(index, input));
  if (isSum) return node.inputs.flatMap((input) => termsOf(index, input));
  return [{ kind: kindOf(index, name), tensor: name }];
}

function looksUp(index: GraphIndex, name: string): boolean {
  return tablesBehind(index, name).length > 0;
}

function kindOf(index: GraphIndex, name: string): 'position' | 'segment' {
  const reads = [...ancestors(index, name, MAX_BACK)];
  if (reads.some((one) => one === 'token_type_ids')) return 'segment';
  const rows = tablesBehind(index, name);
  return rows.length > 0 && rows.every((count) => count <= MOST_SEGMENTS) ? 'segment' : 'position';
}

/** Rows of the tables that a tensor is looked up in. */
function tablesBehind(index: GraphIndex, name: string): number[] {
  return [...ancestors(index, name, MAX_BACK)].flatMap((one) => {
    const node = index.producer.get(one);
    if (node?.opType !== 'Gather') return [];
    const rows = tableRows(index, node.inputs[0] ?? '');
    return rows === null ? [] : [rows];
  });
}

/** Rows of a constant matrix, whatever it is stored as; null for other tensors. */
function tableRows(index: GraphIndex, name: string): number | null {
  for (let hops = 0; hops < 8; hops++) {
    const dims = constantTensor(index, name)?.dims;
    if (dims) return dims.length === 2 ? (dims[0] as number) : null;
    name = index.producer.get(name)?.inputs[0] ?? '';
  }
  return null;
}

/** The look-ups and the sum of the fused operator, appended. Positions count from 0 where the graph has none. */
function unfused(index: GraphIndex, node: OnnxNode): EnteringSum {
  const [ids = '', types = '', words = '', positions = '', segments = ''] = node.inputs;
  const given = node.inputs[8] ?? '';
  const made = (kind: string) => `probe/embedding/${kind}`;
  const nodes: NewNode[] = [look(words, ids, made('token'))];
  const others: EnteringSum['others'] = [];
  let sum = made('token');
  const add = (kind: 'position' | 'segment', table: string, rows: string) => {
    nodes.push(look(table, rows, made(kind)));
    nodes.push({ opType: 'Add', inputs: [sum, made(kind)], outputs: [made(`sum ${kind}`)] });
    others.push({ kind, tensor: made(kind) });
    sum = made(`sum ${kind}`);
  };
  if (given === '') nodes.push(...counting(ids, made('count')));
  add('position', positions, given || made('count'));
  if (types !== '' && segments !== '') add('segment', segments, types);
  const initializers = [0n, 1n].map((value) => ({
    ...{ name: made(String(value)), dims: [] },
    data: BigInt64Array.of(value),
  }));
  const addition = { nodes, initializers };
  return { token: made('token'), others, sum, rows: tableRows(index, words), addition };
}

function look(table: string, rows: string, output: string): NewNode {
  return { opType: 'Gather', inputs: [table, rows], outputs: [output] };
}

/** 0, 1, 2 ... for the columns of a matrix. */
function counting(matrix: string, output: string): NewNode[] {
  const [zero, one] = ['probe/embedding/0', 'probe/embedding/1'];
  return [
    { opType: 'Shape', inputs: [matrix], outputs: [`${output} shape`] },
    { opType: 'Gather', inputs: [`${output} shape`, one], outputs: [`${output} length`] },
    { opType: 'Range', inputs: [zero, `${output} length`, one], outputs: [output] },
  ];
}
