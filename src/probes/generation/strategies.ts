import * as l10n from '@vscode/l10n';
import { GENERATION_DEFAULTS } from '../../shared/generation';
import type { GenerationOptions } from '../../shared/generation';
import type { Strategy } from './types';

export interface StrategySettings {
  length: number;
  temperature: number;
  topK: number;
  topP: number;
  beams: number;
  samples: number;
  seed: number;
}

/** Draws from the model's own distribution: the filters are added one at a time. */
const OPEN: Pick<GenerationOptions, 'temperature' | 'topK' | 'topP'> = { temperature: 1, topK: 0, topP: 1 };

/** Every strategy with one filter each, so that what differs is that filter's work; the same seeds for all. */
export function strategiesOf(settings: StrategySettings): Strategy[] {
  const { length, temperature, topK, topP, beams, samples, seed } = settings;
  const common = { ...GENERATION_DEFAULTS, ...OPEN, maxNewTokens: length };
  const seeds = Array.from({ length: samples }, (_, i) => seed + i);
  const sample = { ...common, method: 'sample' as const };
  return [
    { name: 'greedy', label: l10n.t('greedy'), options: { ...common, method: 'greedy' }, seeds: [seed] },
    {
      name: 'temperature',
      label: l10n.t`temperature ${temperature}`,
      options: { ...sample, temperature },
      seeds,
    },
    { name: 'top-k', label: l10n.t`top-k ${topK}`, options: { ...sample, topK }, seeds },
    { name: 'top-p', label: l10n.t`top-p ${topP}`, options: { ...sample, topP }, seeds },
    {
      name: 'beam',
      label: l10n.t`beam ${beams}`,
      options: { ...common, method: 'beam', beams },
      seeds: [seed],
    },
  ];
}

/** The filters whose distributions are compared: each alone, then all, in the order in which they are applied. */
export function filtersOf(settings: StrategySettings): { label: string; options: GenerationOptions }[] {
  const { temperature, topK, topP } = settings;
  const alone = strategiesOf(settings).filter(({ options }) => options.method === 'sample');
  const options = { ...(alone[0] as Strategy).options, temperature, topK, topP };
  return [
    ...alone.map(({ label, options: own }) => ({ label, options: own })),
    { label: l10n.t('all three'), options },
  ];
}
