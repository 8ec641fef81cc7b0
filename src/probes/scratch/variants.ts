import * as l10n from '@vscode/l10n';
import { mean } from '../../numeric/vectors';
import { alibiSlope, attend, type Steps, type Variant } from './attention';
import type { ScratchResult } from './run';

/** What the settings change. */
export interface Change {
  scaling: 'own' | 'none';
  temperature: number;
  mask: 'own' | 'none' | 'causal';
  bias: 'none' | 'distance' | 'alibi';
  slope: number;
}

/** Nothing: as the model (or the paper) has it. */
export const UNCHANGED: Change = { scaling: 'own', temperature: 1, mask: 'own', bias: 'none', slope: 0 };

export function variantOf(
  { scale, added, sinks, keys, head, count }: ScratchResult,
  change: Change,
): Variant {
  const { scaling, temperature, mask, bias, slope } = change;
  const steepness = { none: 0, distance: slope, alibi: alibiSlope(head, count) }[bias];
  const width = keys.length;
  const masked = (query: number, key: number): number => {
    if (mask === 'causal') return key > query ? -Infinity : 0;
    if (mask === 'none' || added === null) return 0;
    return added[query * width + key] ?? -Infinity;
  };
  return {
    scale: scaling === 'own' ? scale : 1,
    temperature,
    bias: (query, key) => masked(query, key) - steepness * Math.abs(query - key),
    ...(sinks && { sinks }),
  };
}

/** Every step of one head. */
export function follow(result: ScratchResult, change: Change, head = result.followed): Steps {
  const { query, key, value } = result.heads[head] as ScratchResult['heads'][number];
  // In small numbers every head has its own slope.
  const own = result.heads.length > 1 ? { ...result, head } : result;
  return attend(query, key, value, variantOf(own, change));
}

export function isChanged(change: Change): boolean {
  const { scaling, temperature, mask, bias } = change;
  return scaling !== 'own' || temperature !== 1 || mask !== 'own' || bias !== 'none';
}

/** The usual changes, for comparison. */
export const USUAL: readonly { name: string; change: Change }[] = [
  { name: l10n.t('As it is'), change: UNCHANGED },
  { name: l10n.t('No scaling'), change: { ...UNCHANGED, scaling: 'none' } },
  { name: l10n.t('Temperature 0.5'), change: { ...UNCHANGED, temperature: 0.5 } },
  { name: l10n.t('Temperature 2'), change: { ...UNCHANGED, temperature: 2 } },
  { name: l10n.t('No mask'), change: { ...UNCHANGED, mask: 'none' } },
  { name: l10n.t('Causal'), change: { ...UNCHANGED, mask: 'causal' } },
  { name: l10n.t('Local: -0.1 |i - j|'), change: { ...UNCHANGED, bias: 'distance', slope: 0.1 } },
  { name: 'ALiBi', change: { ...UNCHANGED, bias: 'alibi' } },
];

/** Means over the rows. */
export interface Spread {
  entropy: number;
  largest: number;
  /** |i - j| under the weights. */
  distance: number;
}

export function spreadOf({ weights: { rows, columns, values }, entropies }: Steps): Spread {
  const overRows = (of: (row: number) => number) => mean(Array.from({ length: rows }, (_, i) => of(i)));
  const row = (i: number) => values.slice(i * columns, (i + 1) * columns);
  return {
    entropy: overRows((i) => entropies[i] ?? 0),
    largest: overRows((i) => Math.max(...row(i))),
    distance: overRows((i) => row(i).reduce((sum, weight, j) => sum + weight * Math.abs(i - j), 0)),
  };
}
