import * as l10n from '@vscode/l10n';
import { elements, isFloat } from '../dtypes';
import type { RawTensor } from '../raw';
import { modulePath, isModulePath, withoutSuffix } from './paths';
import { feedsLinear, packedValues, packing, quantizedRole, tellingUse } from './roles';
import type { Held } from './uses';

type Described = Partial<
  Pick<RawTensor, 'path' | 'role' | 'note' | 'values' | 'quantized' | 'dtype' | 'usedAt'>
>;

/**
 * What a tensor of a graph is: a weight, a part of its quantisation, or a constant that the exporter made. `byGraph`: the
 * path by its place in the graph, for graphs without names.
 */
export function describe(held: Held, raw: RawTensor, byGraph: string | undefined): Described {
  const path = modulePath(held) ?? byGraph;
  const usedAt = tellingUse(held)?.node.index;
  const named = { ...(path !== undefined && path !== held.name && { path }), usedAt };
  const quantized = quantizedRole(held);
  if (quantized?.role === 'quantization') {
    return { ...named, role: 'quantization', note: l10n.t('Scale or zero point of a quantized weight.') };
  }
  if (quantized && !(quantized.use.node.opType === 'DequantizeLinear' && raw.shape.length < 2)) {
    return { ...named, ...unpacked(held, raw, quantized.use) };
  }
  const reason = constantReason(held, raw, path);
  return reason === null ? named : { ...named, role: 'constant', note: reason };
}

function unpacked(
  held: Held,
  raw: RawTensor,
  use: NonNullable<ReturnType<typeof quantizedRole>>['use'],
): Described {
  const packed = packing(held, use, raw);
  if (!packed) return { values: packedValues(use, raw) };
  const dtype = packed.packed ? `Q${packed.bits}` : raw.dtype;
  return { quantized: packed, values: packed.rows * packed.columns, dtype };
}

/** Why a tensor is no parameter; null if it is one. */
function constantReason(held: Held, raw: RawTensor, path: string | undefined): string | null {
  const integers = !isFloat(raw.dtype);
  if (integers) return l10n.t('Whole numbers: shapes, indices or a mask, not trained.');
  if (isModulePath(withoutSuffix(held.name))) return null;
  if (feedsLinear(held)) return null;
  // Exporters fold what they can compute: of that, only a vector inside of a module is a parameter in disguise.
  const isVector = raw.shape.length === 1 && (elements(raw.shape) ?? 0) > 1;
  const inModule = path !== undefined && !/rotary|inv_freq/.test(path);
  return isVector && inModule
    ? null
    : l10n.t('Computed by the exporter: a mask, a buffer or arithmetic, not trained.');
}
