import type { GraphIndex, OnnxNode } from '../graph';
import { intAttribute } from '../graph';

/** A matrix product of two tensors that both depend on the model's input. */
export interface Product {
  node: OnnxNode;
  /** The factors, in floating point where the product itself is of whole numbers. */
  left: string;
  right: string;
  /** True where the right factor is written [..., rows, columns] and read the other way round. */
  transposesRight: boolean;
  /** The product is multiplied by this. */
  factor: number;
}

/** ONNX's products, and the one that ONNX Runtime's optimiser makes of a product with a scale or a transpose. */
const PRODUCT_OPS = new Set(['MatMul', 'MatMulInteger', 'FusedMatMul']);

const QUANTISERS = new Set(['DynamicQuantizeLinear', 'QuantizeLinear']);

/** The product that a node computes; null if it is another operator, or one with a weight. */
export function productOf(index: GraphIndex, node: OnnxNode): Product | null {
  const [left = '', right = ''] = node.inputs;
  if (!PRODUCT_OPS.has(node.opType) || index.constants.has(left) || index.constants.has(right)) return null;
  if (!left || !right || ['transA', 'transBatchA', 'transBatchB'].some((name) => intAttribute(node, name, 0)))
    return null;
  const alpha = node.attributes.get('alpha');
  return {
    node,
    left: unquantised(index, left),
    right: unquantised(index, right),
    transposesRight: intAttribute(node, 'transB', 0) !== 0,
    factor: alpha?.type === 'float' ? alpha.value : 1,
  };
}

function unquantised(index: GraphIndex, name: string): string {
  const node = index.producer.get(name);
  return (node && QUANTISERS.has(node.opType) ? node.inputs[0] : undefined) ?? name;
}
