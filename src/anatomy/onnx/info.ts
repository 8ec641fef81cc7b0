import type { AttentionPlace, GraphInfo, GraphValue } from '../../shared/anatomy';
import type { AttentionBlock } from '../../onnx/attention';
import { findAttention } from '../../onnx/attention';
import type { OnnxModel, ValueInfo } from '../../onnx/graph';
import { ONNX_TYPES } from '../dtypes';
import { graphsOf } from './uses';

/** What a graph computes with: operators, opsets, inputs and outputs. Inputs that are weights are left out. */
export function graphInfo(file: string, model: OnnxModel): GraphInfo {
  const { graph } = model;
  const weights = new Set(graph.initializers.map(({ name }) => name));
  return {
    file,
    producer: model.producer,
    opsets: model.opsets,
    operators: countOperators(model),
    inputs: graph.inputs.filter(({ name }) => !weights.has(name)).map(toValue),
    outputs: graph.outputs.map(toValue),
    nodes: graph.nodes.length,
    attention: graphsOf(graph).flatMap(findAttention).map(toPlace),
  };
}

function toPlace({ stack, cross, layer, residual }: AttentionBlock): AttentionPlace {
  const kind = cross ? 'cross' : stack === 'unknown-self' ? null : stack;
  return { kind, layer, residual: residual !== null };
}

function countOperators(model: OnnxModel): GraphInfo['operators'] {
  const counts = new Map<string, GraphInfo['operators'][number]>();
  const nodes = [...graphsOf(model.graph), ...model.functions].flatMap((holder) => holder.nodes);
  for (const { domain, opType: name } of nodes) {
    const key = `${domain}\n${name}`;
    const counted = counts.get(key);
    if (counted) counted.count++;
    else counts.set(key, { domain, name, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

function toValue({ name, elemType, dims }: ValueInfo): GraphValue {
  return { name, dtype: ONNX_TYPES[elemType] ?? '?', shape: dims };
}
