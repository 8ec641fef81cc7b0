import * as l10n from '@vscode/l10n';
import type { OnnxModel } from '../../onnx/graph';
import type { RawTensor } from '../raw';
import { isModulePath } from './paths';
import { graphsOf } from './uses';

/**
 * PyTorch's exporter stores equal tensors once and gives the others their names by Identity. Vectors that happen to be
 * equal, such as fresh norms, are parameters of their own; matrices are equal only if they are tied.
 */
export function aliases(model: OnnxModel, tensors: readonly RawTensor[]): RawTensor[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const nodes = graphsOf(model.graph).flatMap((graph) => graph.nodes);
  return nodes.flatMap((node) => {
    const source = node.opType === 'Identity' ? byName.get(node.inputs[0] ?? '') : undefined;
    const name = node.outputs[0] ?? '';
    if (!source || source.role || !isModulePath(name) || byName.has(name)) return [];
    const alias: RawTensor = { ...source, name, path: name, bytes: 0, place: source.place };
    if (source.shape.length > 1) return [{ ...alias, tiedTo: source.name, note: l10n.t('The same matrix.') }];
    return [{ ...alias, note: l10n.t`Has the same values as ${source.name}, stored once.` }];
  });
}
