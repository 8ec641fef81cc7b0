import type { GraphIndex, OnnxNode } from '../../graph';
import { ancestors } from '../walk';

const FLOATS = new Set([1, 10, 11, 16]);

/** How far a float may be from what says of which type it is. */
const MAX_BACK = 64;

/**
 * Element type of a floating-point tensor, by the nearest cast, floating-point weight or graph input that it is computed
 * from; single precision where nothing says.
 */
export function floatType(index: GraphIndex, name: string): number {
  for (const found of ancestors(index, name, MAX_BACK)) {
    const stated = index.graphInputs.get(found)?.elemType ?? 0;
    if (FLOATS.has(stated)) return stated;
    const node = index.producer.get(found);
    const type = node ? madeType(index, node) : undefined;
    if (type !== undefined) return type;
  }
  return 1;
}

function madeType(index: GraphIndex, node: OnnxNode): number | undefined {
  const to = node.opType === 'Cast' ? node.attributes.get('to') : undefined;
  if (to?.type === 'int') return FLOATS.has(to.value) ? to.value : undefined;
  const types = node.inputs.map((name) => index.initializers.get(name)?.dataType ?? 0);
  return types.find((type) => FLOATS.has(type));
}

/** The scale of a fused operator: its attribute, else 1/sqrt(head size); null where the size is not known. */
export function fusedScale(node: OnnxNode, headSize: number | null): number | null {
  const scale = node.attributes.get('scale');
  if (scale?.type === 'float' && scale.value !== 0) return scale.value;
  return headSize === null ? null : 1 / Math.sqrt(headSize);
}

/** True where the scores are capped with a tanh, so that they are no multiple of the product. */
export function isCapped(node: OnnxNode): boolean {
  const cap = node.attributes.get('softcap');
  return cap?.type === 'float' && cap.value !== 0;
}

/** The size of a graph input along an axis, where the file states it. */
export function inputSize(index: GraphIndex, name: string | undefined, axis: number): number | null {
  const size = index.graphInputs.get(name ?? '')?.dims.at(axis);
  return typeof size === 'number' && size > 0 ? size : null;
}
