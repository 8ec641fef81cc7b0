import * as l10n from '@vscode/l10n';
import type {
  BarFigure,
  Cell,
  Column,
  LineFigure,
  Report,
  ReportPart,
  ScatterFigure,
  Table,
  TreeFigure,
} from '../../shared/report';
import { formatNumber } from '../../shared/report';
import { distinct, diversityOf } from './diversity';
import type { FilterTrace, GenerationResult, WriterResult, WrittenResult } from './types';

/** The texts first, then how likely and how different they are, then how each token came about. */
export function report({ writer, rewriter }: GenerationResult, { step }: { step: number }): Report {
  const { results, filters, tree, facts } = writer;
  const at = Math.min(step, filters[0]?.steps.length ?? 0) - 1;
  const parts: (ReportPart | false)[] = [
    results.length > 0 && texts('texts', l10n.t`What ${facts.name} writes`, writer),
    at >= 0 && distribution(filters, at),
    at >= 0 && keptLines(filters),
    tree !== null && beamFigure(tree),
    at >= 0 && filterTable(filters, at),
    results.length > 1 && scatter(results),
    results.length > 1 && diversityBars(results),
    results.length > 0 && diversityTable(results),
    at >= 0 && stepTable(filters),
    rewriter !== null &&
      rewriter.results.length > 0 &&
      texts('rewritten', l10n.t`${rewriter.facts.name} rewrites it`, rewriter),
  ];
  return { findings: findings({ writer, rewriter }, at), parts: parts.filter((part) => part !== false) };
}

/** On one line, with its line breaks to be seen. */
const quoted = (text: string): string => `“${text.replaceAll('\n', '↵').trim()}”`;

const perToken = ({ logProbability, chosen }: WrittenResult): number => logProbability / Math.max(1, chosen);

function findings({ writer, rewriter }: Omit<GenerationResult, 'prompt'>, at: number): string[] {
  const { facts, read, window, results, filters } = writer;
  return [
    ...(window ? [l10n.t`${facts.name} read the first ${read} of ${window.total} tokens.`] : []),
    ...likelihood(results),
    ...(at >= 0 ? filterFindings(filters, at) : []),
    ...drawn(results),
    ...(rewriter ? rewriting(rewriter) : []),
  ];
}

/** Does the search find a likelier text than the greedy path? */
function likelihood(results: readonly WrittenResult[]): string[] {
  const greedy = results.find(({ strategy }) => strategy === 'greedy');
  const beam = results.find(({ strategy }) => strategy === 'beam');
  if (!greedy) return [];
  const said = l10n.t`Greedy writes ${quoted(greedy.text)}: log-probability ${formatNumber(greedy.logProbability, 2)}.`;
  if (!beam) return [said];
  const gain = perToken(beam) - perToken(greedy);
  const than =
    gain > 0
      ? l10n.t`${formatNumber(Math.abs(gain), 3)} nats a token more likely than the greedy one`
      : l10n.t`${formatNumber(Math.abs(gain), 3)} nats a token less likely than the greedy one`;
  const same = beam.ids.join(' ') === greedy.ids.join(' ');
  return [
    said,
    same
      ? l10n.t('The best beam is the greedy text.')
      : l10n.t`The best beam is ${quoted(beam.text)}: log-probability ${formatNumber(beam.logProbability, 2)}, ${than}.`,
  ];
}

function filterFindings(filters: readonly FilterTrace[], at: number): string[] {
  const one = filters[0]?.steps[at];
  if (!one) return [];
  const spans = filters
    .filter(({ label }) => label.startsWith('top-'))
    .map(({ label, steps }) => {
      const kept = steps.map((step) => step.kept);
      const [least, most] = [Math.min(...kept), Math.max(...kept)].map((count) =>
        formatNumber(count, 'count'),
      );
      return l10n.t`${label} keeps ${String(least === most ? least : l10n.t`${String(least)} to ${String(most)}`)}`;
    });
  return [
    l10n.t`At step ${at + 1} the model’s uncertainty is ${formatNumber(one.entropy, 2)} nats: its first choice has ${formatNumber(one.candidates[0]?.probability ?? null, 'percent')}. Along the greedy path ${spans.join(', ')} tokens.`,
  ];
}

function drawn(results: readonly WrittenResult[]): string[] {
  const kinds = byStrategy(results.filter(({ seed }) => seed !== null));
  if (kinds.length === 0) return [];
  const said = kinds.map(([label, texts]) => {
    const { different, distinct2 } = diversityOf(texts.map(({ ids }) => ids));
    return l10n.t`${label}: ${different} of ${texts.length}, distinct-2 ${formatNumber(distinct2, 2)}`;
  });
  return [l10n.t`Different texts: ${said.join('; ')}.`];
}

function rewriting({ facts, results }: WriterResult): string[] {
  const [greedy, beam] = (['greedy', 'beam'] as const).map((name) =>
    results.find(({ strategy }) => strategy === name),
  );
  if (!greedy) return [];
  const searched = beam ? l10n.t`, with beams ${quoted(beam.text)}` : '';
  return [l10n.t`${facts.name} rewrites the text: greedy ${quoted(greedy.text)}${searched}.`];
}

/** Results of a strategy together, in order. */
function byStrategy(results: readonly WrittenResult[]): [label: string, texts: WrittenResult[]][] {
  const groups = new Map<string, WrittenResult[]>();
  for (const result of results) {
    const label = result.label.replace(/, place \d+$/, '');
    groups.set(label, [...(groups.get(label) ?? []), result]);
  }
  return [...groups];
}

function texts(id: string, title: string, { results, facts }: WriterResult): Table {
  const rewrites = facts.family === 'encoder-decoder';
  return {
    kind: 'table',
    id,
    title,
    note:
      l10n.t(
        'The same seed, text and settings write the same again. Log-probability: sum of ln p of the chosen tokens before any filter, the end token among them.',
      ) + (rewrites ? l10n.t(' From the source: share of the written tokens that the source has, too.') : ''),
    columns: [
      { label: l10n.t('Strategy') },
      { label: l10n.t('Seed'), format: 'count' },
      { label: l10n.t('Text') },
      { label: l10n.t('Tokens'), format: 'count' },
      { label: l10n.t('Stopped') },
      { label: l10n.t('Log-probability'), format: 2 },
      { label: l10n.t('A token'), format: 3 },
      ...(rewrites ? [{ label: l10n.t('From the source'), format: 'percent' } satisfies Column] : []),
    ],
    rows: results.map((result): Cell[] => [
      result.label,
      result.seed,
      quoted(result.text),
      result.ids.length,
      result.ended ? l10n.t('end token') : l10n.t('limit'),
      result.logProbability,
      perToken(result),
      ...(rewrites ? [result.fromSource] : []),
    ]),
  };
}

/** The step's distribution before any filter and after each: what is left sums to 1 every time. */
function distribution(filters: readonly FilterTrace[], at: number): BarFigure {
  const steps = filters.flatMap(({ steps: all }) => all.slice(at, at + 1));
  const [first] = steps;
  const shown = first?.candidates ?? [];
  const withRest = (values: number[]) => [
    ...values,
    Math.max(0, 1 - values.reduce((sum, value) => sum + value, 0)),
  ];
  return {
    kind: 'bar',
    id: 'distribution',
    title: l10n.t`Step ${at + 1}: before and after each filter`,
    note: l10n.t(
      'Probabilities that are drawn from. Each filter alone, then all three: temperature, the k most likely, of these the fewest that reach p.',
    ),
    size: 'half',
    categories: [...shown.map(({ text }) => text.replaceAll('\n', '↵').trim() || text), l10n.t('all others')],
    category: { label: l10n.t('Token') },
    value: { label: l10n.t('Probability'), format: 'percent', min: 0 },
    series: [
      { name: l10n.t('the model'), values: withRest(shown.map(({ probability }) => probability)) },
      ...filters.map(({ label }, i) => ({
        name: label,
        values: withRest(steps[i]?.candidates.map(({ filtered }) => filtered) ?? []),
      })),
    ],
  };
}

/** top-k is level, top-p breathes. */
function keptLines(filters: readonly FilterTrace[]): LineFigure {
  return {
    kind: 'line',
    id: 'kept',
    title: l10n.t('Tokens that each filter leaves'),
    note: l10n.t('Along the greedy path. Temperature alone removes none.'),
    size: 'half',
    x: { label: l10n.t('Step'), format: 'count', min: 1 },
    y: { label: l10n.t('Tokens'), scale: 'log', format: 'count' },
    series: filters
      .filter(({ label }) => !label.startsWith('temperature'))
      .map(({ label, steps }) => ({
        name: label,
        points: steps.map(({ kept }, i): [number, number] => [i + 1, kept]),
      })),
  };
}

function filterTable(filters: readonly FilterTrace[], at: number): Table {
  return {
    kind: 'table',
    id: 'filters',
    title: l10n.t`What the filters do at step ${at + 1}`,
    note: l10n.t('Mass: the probability that the kept tokens had before.'),
    columns: [
      { label: l10n.t('Filter') },
      { label: l10n.t('Tokens left'), format: 'count' },
      { label: l10n.t('Their mass'), format: 'percent' },
      { label: l10n.t('First choice before'), format: 'percent' },
      { label: l10n.t('First choice after'), format: 'percent' },
    ],
    rows: filters.map(({ label, steps }): Cell[] => {
      const step = steps[at];
      const best = step?.candidates[0];
      return [
        label,
        step?.kept ?? null,
        step ? massOf(label, step) : null,
        best?.probability ?? null,
        best?.filtered ?? null,
      ];
    }),
  };
}

/** Filters that only cut divide what is left by its mass: p / filtered. A changed temperature hides it. */
function massOf(label: string, { candidates: [best] }: FilterTrace['steps'][number]): number | null {
  if (label.startsWith('temperature')) return 1;
  return label.startsWith('top-') && best && best.filtered > 0 ? best.probability / best.filtered : null;
}

function stepTable(filters: readonly FilterTrace[]): Table {
  const cuts = filters.filter(({ label }) => !label.startsWith('temperature'));
  return {
    kind: 'table',
    id: 'steps',
    title: l10n.t('The greedy path'),
    columns: [
      { label: l10n.t('Step'), format: 'count' },
      { label: l10n.t('Chosen') },
      { label: l10n.t('Probability'), format: 'percent' },
      { label: l10n.t('Uncertainty in nats'), format: 2 },
      ...cuts.map(({ label }): Column => ({ label: l10n.t`${label} leaves`, format: 'count' })),
    ],
    rows: (filters[0]?.steps ?? []).map((step, i): Cell[] => [
      i + 1,
      quoted(step.chosen),
      step.probability,
      step.entropy,
      ...cuts.map(({ steps }) => steps[i]?.kept ?? null),
    ]),
  };
}

function beamFigure({ nodes, groups }: NonNullable<WriterResult['tree']>): TreeFigure {
  return {
    kind: 'tree',
    id: 'beams',
    title: l10n.t('The tree of beams'),
    note: l10n.t(
      'Every hypothesis that was kept for at least a step; the likelier branch is above. A branch that ends before its time fell out of the beams.',
    ),
    depth: { label: l10n.t('Step'), format: 'count' },
    value: { label: l10n.t('Log-probability so far'), format: 2 },
    groups,
    nodes,
  };
}

function scatter(results: readonly WrittenResult[]): ScatterFigure {
  return {
    kind: 'scatter',
    id: 'likely',
    title: l10n.t('How likely, and how repetitive'),
    note: l10n.t(
      'One point a text. distinct-1: its different tokens divided by all. 1: it never repeats a token.',
    ),
    size: 'half',
    x: { label: l10n.t('Log-probability a token'), format: 2 },
    y: { label: 'distinct-1', format: 2, max: 1 },
    series: byStrategy(results).map(([name, own]) => ({
      name,
      points: own.flatMap((result) => {
        const y = distinct([result.ids], 1);
        const label =
          result.seed === null ? result.label.replace(`${name}, `, '') : l10n.t`seed ${result.seed}`;
        return y === null ? [] : [{ x: perToken(result), y, label }];
      }),
    })),
  };
}

function diversityBars(results: readonly WrittenResult[]): BarFigure {
  const kinds = byStrategy(results).map(([label, own]) => ({
    label,
    ...diversityOf(own.map(({ ids }) => ids)),
  }));
  return {
    kind: 'bar',
    id: 'diversity-bars',
    title: l10n.t('Diversity by strategy'),
    note: l10n.t('Over all texts of a strategy. Overlap needs two.'),
    size: 'half',
    categories: kinds.map(({ label }) => label),
    category: { label: l10n.t('Strategy') },
    value: { label: l10n.t('Share'), format: 2, min: 0, max: 1 },
    series: [
      { name: 'distinct-1', values: kinds.map(({ distinct1 }) => distinct1) },
      { name: 'distinct-2', values: kinds.map(({ distinct2 }) => distinct2) },
      { name: l10n.t('overlap of pairs'), values: kinds.map(({ overlap }) => overlap) },
    ],
  };
}

function diversityTable(results: readonly WrittenResult[]): Table {
  return {
    kind: 'table',
    id: 'diversity',
    title: l10n.t('Diversity'),
    note: l10n.t(
      'distinct-n: different n-grams / all n-grams, over the tokens of all texts of a strategy. Overlap: mean over all pairs of texts of |A ∩ B| / |A ∪ B|, A and B being their sets of pairs of tokens.',
    ),
    columns: [
      { label: l10n.t('Strategy') },
      { label: l10n.t('Texts'), format: 'count' },
      { label: l10n.t('Different'), format: 'count' },
      { label: 'distinct-1', format: 3 },
      { label: 'distinct-2', format: 3 },
      { label: l10n.t('Overlap'), format: 3 },
      { label: l10n.t('Mean log-probability a token'), format: 3 },
    ],
    rows: byStrategy(results).map(([label, own]): Cell[] => {
      const {
        texts: count,
        different,
        distinct1,
        distinct2,
        overlap,
      } = diversityOf(own.map(({ ids }) => ids));
      const mean = own.reduce((sum, result) => sum + perToken(result), 0) / own.length;
      return [label, count, different, distinct1, distinct2, overlap, mean];
    }),
  };
}
