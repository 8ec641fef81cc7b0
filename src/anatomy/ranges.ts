import * as l10n from '@vscode/l10n';
import type { RawTensor } from './raw';
import type { ByteSource } from './source';
import { badFile, shown } from './source';

/** Tensors that a file may list: the largest known have some hundred thousand. */
export const MAX_TENSORS = 1_000_000;

/**
 * Checks tensors that lie in one file: no two overlap, and what the file ends before is marked as cut. Returns how many
 * bytes the file should have.
 */
export function checkRanges(source: ByteSource, tensors: RawTensor[], headerEnd: number): number {
  const placed = tensors.flatMap((tensor) =>
    tensor.place?.kind === 'range' ? [{ tensor, start: tensor.place.offset }] : [],
  );
  placed.sort((a, b) => a.start - b.start);
  let end = headerEnd;
  for (const { tensor, start } of placed) {
    if (tensor.bytes === 0) continue;
    if (start < end) throw badFile(source, l10n.t`tensor "${shown(tensor.name)}" overlaps another one`);
    end = start + tensor.bytes;
    if (end > source.size) tensor.state = 'cut';
  }
  return end;
}

/** A sentence about the tensors that a file ends before; null if it is whole. */
export function cutOff(source: ByteSource, tensors: readonly RawTensor[], expected: number): string | null {
  const cut = tensors.filter((tensor) => tensor.state === 'cut').length;
  if (cut === 0) return null;
  return l10n.t`${shown(source.name)} is cut off: it has ${source.size} of ${expected} bytes, ${cut} of ${tensors.length} tensors are not complete. Download it again.`;
}
