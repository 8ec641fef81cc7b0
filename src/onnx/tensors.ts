import * as l10n from '@vscode/l10n';
import type { Tensor } from './graph';
import type { WeightsFolder } from './weights';
import { shown } from './weights';
import { WireError } from './wire';

/** Bits of one element, by TensorProto.DataType; types that are not here (strings) have no fixed size. */
const BITS: Record<number, number> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128 },
  ...{ 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};

/** Checks every tensor's claims against what its file holds, before anything maps it. Throws WireError. */
export async function checkTensors(tensors: readonly Tensor[], folder: WeightsFolder): Promise<void> {
  for (const tensor of tensors) {
    const expected = statedBytes(tensor);
    if (tensor.where.kind === 'inline') continue;
    const { location, offset, length } = tensor.where;
    const { size } = folder.known(location) ?? (await folder.find(location));
    const has = length ?? size - offset;
    if (!isCount(offset) || !isCount(has) || offset + has > size) {
      throw new WireError(
        l10n.t`${named(tensor)} reaches beyond the end of "${shown(location)}"; is it complete?`,
      );
    }
    if (expected !== null && expected > has) {
      throw new WireError(l10n.t`${named(tensor)} states more values than it has`);
    }
  }
}

/** Bytes that a tensor's dims and type ask for; null where the type has no fixed size. */
function statedBytes(tensor: Tensor): number | null {
  let elements = 1;
  for (const dim of tensor.dims) {
    if (!isCount(dim)) throw new WireError(l10n.t`${named(tensor)} has an impossible size`);
    elements *= dim;
  }
  if (!isCount(elements)) throw new WireError(l10n.t`${named(tensor)} has an impossible size`);
  const bits = BITS[tensor.dataType];
  return bits === undefined ? null : Math.ceil((elements * bits) / 8);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function named(tensor: Tensor): string {
  return tensor.name ? `tensor "${shown(tensor.name)}"` : 'a tensor';
}
