import * as l10n from '@vscode/l10n';

/** Which positions a query may read, as the families define it. */
export type MaskKind = 'bidirectional' | 'causal' | 'window' | 'prefix' | 'cross';

export const MASK_NAMES: Record<MaskKind, string> = {
  bidirectional: l10n.t('Bidirectional (encoders)'),
  causal: l10n.t('Causal (decoders)'),
  window: l10n.t('Causal with a sliding window'),
  prefix: l10n.t('Prefix (both sides inside the prompt)'),
  cross: l10n.t('Cross-attention (decoder to encoder)'),
};

/**
 * May the query read the key? `size` is the window's length in tokens, the query itself included, or the length of the
 * prefix.
 */
export function mayRead(kind: MaskKind, query: number, key: number, size: number): boolean {
  switch (kind) {
    case 'bidirectional':
    case 'cross':
      return true;
    case 'causal':
      return key <= query;
    case 'window':
      return key <= query && query - key < size;
    case 'prefix':
      return key <= query || key < size;
  }
}
