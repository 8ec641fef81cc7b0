import * as l10n from '@vscode/l10n';
import type { HeatmapFigure } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { Token } from '../../shared/tokens';
import { SHOWN_POSITIONS } from './sight';
import type { ModelReading, Sight } from './types';

/** What a position sees, in words that follow from the entries alone. */
export function sightWords({ sights, facts }: ModelReading): string[] {
  const names =
    facts.family === 'encoder-decoder'
      ? {
          encoder: l10n.t('in the source '),
          decoder: l10n.t('in the target '),
          cross: l10n.t('from target to source '),
        }
      : { encoder: '', decoder: '', cross: '' };
  return sights.map((sight) => `${names[sight.kind]}${extent(sight)}`);
}

function extent({ kind, queries, keys, count, ahead }: Sight): string {
  const all = queries * keys;
  const entries = l10n.t`${formatNumber(count, 'count')} of ${formatNumber(all, 'count')} weights`;
  if (count === all) return l10n.t`every position (${entries})`;
  const isTriangle = kind !== 'cross' && ahead === 0 && count === (queries * (queries + 1)) / 2;
  if (isTriangle) return l10n.t`itself and what came before (${entries})`;
  return l10n.t`some positions (${entries}, ${formatNumber(ahead, 'count')} of them ahead)`;
}

/** One square for a model: its tokens, and with two stacks the target's behind the source's. */
export function sightFigure(reading: ModelReading): HeatmapFigure {
  const { facts, sights, stacks } = reading;
  const labels = stacks.map(({ tokens }) => tokens.slice(0, SHOWN_POSITIONS).map(labelOf));
  const [source = [], target = []] = labels;
  const names = numbered([...source, ...target]);
  return {
    kind: 'heatmap',
    id: `sight-${facts.family}`,
    title: l10n.t`${facts.name}: who sees whom`,
    note:
      target.length > 0
        ? l10n.t`1: weight in at least one head. The last ${target.length} rows are the target, which reads the source by cross-attention.`
        : l10n.t('1: weight in at least one head of one layer.'),
    size: 'third',
    rows: names,
    columns: names,
    row: { label: l10n.t('Reads') },
    column: { label: l10n.t('Is read') },
    values: blocks(sights, source.length, target.length),
    value: { label: l10n.t('Seen'), format: 'count', min: 0, max: 1 },
  };
}

/** The kinds of attention at their places in one square; what no attention connects is 0. */
function blocks(sights: readonly Sight[], source: number, target: number): number[] {
  const size = source + target;
  const values = new Array<number>(size * size).fill(0);
  for (const { kind, queries, keys, seen } of sights) {
    const down = target > 0 && kind !== 'encoder' ? source : 0;
    const right = target > 0 && kind === 'decoder' ? source : 0;
    for (let query = 0; query < queries; query++) {
      for (let key = 0; key < keys; key++) {
        values[(down + query) * size + right + key] = seen[query * keys + key] ?? 0;
      }
    }
  }
  return values;
}

export const labelOf = ({ text, piece }: Pick<Token, 'text' | 'piece'>): string => text.trim() || piece;

/** The same words twice are two places on an axis. */
export function numbered(labels: string[]): string[] {
  return labels.map((label, i) => (labels.indexOf(label) === i ? label : `${label} (${i})`));
}
