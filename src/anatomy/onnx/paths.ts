import type { Held, Use } from './uses';
import { tellingUse } from './roles';

/** Names that exporters make up for tensors that they computed: `onnx::MatMul_360`, `1207`, `/model/Constant_output_0`. */
const MADE_UP =
  /^(onnx::|\d+$|\/|val_\d+|const_fold|_?inlined|fused |_v_\d+)|^[A-Z]\w*_\d+$|^graph_constant/i;

/** True for a name that is a module path and so says what the tensor is. */
export function isModulePath(name: string): boolean {
  return /[\p{L}_]\.[\p{L}\d_]|^(weight|bias)$/u.test(name) && !MADE_UP.test(name);
}

/** What tools put behind names: merged graphs, quantised copies, casts. */
export function withoutSuffix(name: string): string {
  return name
    .replace(/_merged_\d+$/, '')
    .replace(
      /(_quantized|_Q4|_Q4G\d+|_Q2|_Q8|_transposed|_DequantizeLinear|_fp16|_scales?|_zero_points?|_zp)+$/i,
      '',
    )
    .replace(/(\.T)?\.(int8|scale|half)$/, '')
    .replace(/\.T$/, '')
    .replace(/\.MatMul\.(weight|bias)$/, '.$1');
}

/**
 * The module path of a tensor, from its own name or else from the path that PyTorch's exporter gives the node that uses
 * it, such as `/bert/encoder/layer.0/attention/self/query/MatMul`; null if neither is one.
 */
export function modulePath(held: Held): string | null {
  const name = withoutSuffix(held.name);
  if (isModulePath(name)) return name;
  const use = tellingUse(held);
  return use && pathOfNode(use, held.tensor.dims.length);
}

function pathOfNode({ node }: Use, rank: number): string | null {
  if (!node.name.startsWith('/')) return null;
  const modules = node.name
    .split('/')
    .slice(1, -1)
    .filter((part) => part !== '');
  return modules.length === 0 ? null : `${modules.join('.')}.${rank >= 2 ? 'weight' : 'bias'}`;
}
