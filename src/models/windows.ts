import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import type { TokenWindow } from '../shared/tokens';

/** Number of windows of `size` tokens, each overlapping the one before by half, that cover `total` tokens. */
export function countWindows(total: number, size: number): number {
  return total <= size ? 1 : 1 + Math.ceil((total - size) / strideOf(size));
}

/**
 * The part of an over-long text to analyse: the first tokens that fit, or one of the sliding windows, from 0. The last
 * window is as long as the others and so may overlap more. Throws a ProbeError where nothing was chosen (with `TooLong`)
 * or there is no such window.
 */
export function chooseWindow(total: number, size: number, overflow?: 'first' | number): TokenWindow {
  const windows = countWindows(total, size);
  if (overflow === undefined) {
    throw new ProbeError(
      'input',
      l10n.t`The text has ${total} tokens and the model takes ${size}. Analyze the first ${size}, or one of ${windows} windows.`,
      { reason: 'too-long', tokens: total, limit: size, windows },
    );
  }
  const index = overflow === 'first' ? 0 : overflow;
  if (!Number.isInteger(index) || index < 0 || index >= windows) {
    throw new ProbeError(
      'usage',
      l10n.t`There is no such window: the text makes ${windows}, counted from 0.`,
    );
  }
  return { index, windows, first: Math.min(index * strideOf(size), total - size), count: size, total };
}

function strideOf(size: number): number {
  return Math.max(1, Math.floor(size / 2));
}
