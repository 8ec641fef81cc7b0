import * as l10n from '@vscode/l10n';
import type { Graph, OnnxModel, OnnxNode } from './graph';
import { subgraphs } from './graph';

/** What holds attention back in an operator, and what would work instead. */
interface Reason {
  operators: RegExp;
  /** Only in this domain; any if absent. */
  domain?: string;
  why: string;
  instead: string;
}

const PLAIN = l10n.t(
  'export the model again without that fusion, for example with optimum at its default settings',
);

const REASONS: readonly Reason[] = [
  {
    operators: /^Packed(MultiHead)?Attention$|^PagedAttention$|^SparseAttention$/,
    why: l10n.t('runs on graphics processors only and keeps its weights to itself'),
    instead: PLAIN,
  },
  {
    operators: /^DecoderMasked(Self|MultiHead)Attention$|^DecoderAttention$/,
    why: l10n.t('computes one token at a time from a cache'),
    instead: l10n.t(
      'choose the decoder_model.onnx or decoder_model_merged.onnx of the model, not its with_past form',
    ),
  },
  {
    operators: /^MultiHeadAttention$/,
    domain: 'com.microsoft',
    why: l10n.t('has query, key and value in one tensor, a form that runs on graphics processors only'),
    instead: PLAIN,
  },
  {
    operators: /^LinearAttention$|^GatedDelta|^CausalConv|Mamba|SelectiveScan/,
    why: l10n.t('has no attention weights at all'),
    instead: l10n.t('choose a transformer with softmax attention'),
  },
  {
    operators: /Attention$/,
    why: l10n.t('keeps its weights to itself'),
    instead: PLAIN,
  },
  {
    operators: /^If$|^Loop$|^Scan$/,
    domain: '',
    why: l10n.t('holds the model in branches that are chosen while it runs'),
    instead: l10n.t('choose a file without it, such as decoder_model.onnx'),
  },
];

/** Why no attention was found, in two sentences that name the operator in the way and what would work instead. */
export function whyUnreadable({ graph, functions }: OnnxModel): string {
  const nodes = [...allNodes(graph), ...functions.flatMap((one) => one.nodes)];
  for (const { operators, domain, why, instead } of REASONS) {
    const found = nodes.find(
      (node) => operators.test(node.opType) && (domain === undefined || node.domain === domain),
    );
    if (found) return l10n.t`Its operator ${operatorName(found)} ${why}. Instead, ${instead}.`;
  }
  const own =
    functions.length > 0 ? nodes.find((node) => functions.some((f) => f.name === node.opType)) : undefined;
  if (own) {
    return l10n.t`It defines its own operators, such as ${operatorName(own)}. Instead, export the model with its functions inlined.`;
  }
  return l10n.t(
    'It has no softmax between a product of queries and keys and a product with values. Choose a transformer exported to ONNX, not one of its parts.',
  );
}

function operatorName({ domain, opType }: OnnxNode): string {
  const plain = `${domain ? `${domain}.` : ''}${opType}`.replace(/[^\w.-]/g, '?');
  return plain.length > 80 ? `${plain.slice(0, 80)}...` : plain;
}

function allNodes(graph: Graph): OnnxNode[] {
  return graph.nodes.flatMap((node) => [node, ...subgraphs(node).flatMap(allNodes)]);
}
