import * as l10n from '@vscode/l10n';
import type {
  BarFigure,
  HeatmapFigure,
  LineFigure,
  Report,
  ReportPart,
  ScatterFigure,
} from '../shared/report';

/** A report and what to call it beside another. */
export interface NamedReport {
  name: string;
  report: Report;
}

/**
 * Two reports of one probe as one. Figures of the same id that have the same axes are drawn together: bars, lines and
 * points as further series, heatmaps also as their difference. Everything else stands twice, one after the other.
 */
export function compareReports(first: NamedReport, second: NamedReport): Report {
  const others = new Map(second.report.parts.map((part) => [part.id, part]));
  const ids = new Set(first.report.parts.map(({ id }) => id));
  const rest = second.report.parts.filter(({ id }) => !ids.has(id));
  return {
    findings: [first, second].flatMap(({ name, report }) =>
      report.findings.map((line) => `${name}: ${line}`),
    ),
    parts: [
      ...first.report.parts.flatMap((part) => {
        const other = others.get(part.id);
        return other
          ? beside({ name: first.name, part }, { name: second.name, part: other })
          : [named(part, first.name)];
      }),
      ...rest.map((part) => named(part, second.name)),
    ],
  };
}

interface NamedPart<P = ReportPart> {
  name: string;
  part: P;
}

function beside(a: NamedPart, b: NamedPart): ReportPart[] {
  if (a.part.kind === 'bar' && b.part.kind === 'bar' && isSame(a.part.categories, b.part.categories))
    return [together(a as NamedPart<BarFigure>, b as NamedPart<BarFigure>)];
  if (a.part.kind === 'line' && b.part.kind === 'line')
    return [together(a as NamedPart<LineFigure>, b as NamedPart<LineFigure>)];
  if (a.part.kind === 'scatter' && b.part.kind === 'scatter')
    return [together(a as NamedPart<ScatterFigure>, b as NamedPart<ScatterFigure>)];
  const twice = [a, b].map(({ name, part }, i) => named(part, name, i === 0 ? '-a' : '-b'));
  if (a.part.kind !== 'heatmap' || b.part.kind !== 'heatmap') return twice;
  return [...twice, ...difference(a as NamedPart<HeatmapFigure>, b as NamedPart<HeatmapFigure>)];
}

/** One figure with the series of both. */
function together<S extends { name: string }, F extends { series: S[] }>(
  a: NamedPart<F>,
  b: NamedPart<F>,
): F {
  const series = [a, b].flatMap(({ name, part }) =>
    part.series.map((one) => ({ ...one, name: one.name ? `${name}: ${one.name}` : name })),
  );
  return { ...a.part, series };
}

function difference(a: NamedPart<HeatmapFigure>, b: NamedPart<HeatmapFigure>): HeatmapFigure[] {
  const [first, second] = [a.part, b.part];
  if (!isSame(first.rows, second.rows) || !isSame(first.columns, second.columns)) return [];
  const values = first.values.map((value, i) => {
    const other = second.values[i] ?? null;
    return value === null || other === null ? null : other - value;
  });
  const value = { label: l10n.t('Difference'), format: first.value.format };
  const title = l10n.t`${first.title}: ${b.name} minus ${a.name}`;
  return [{ ...first, id: `${first.id}-difference`, title, value, values }];
}

function named<P extends ReportPart>(part: P, name: string, ending = ''): P {
  return { ...part, id: `${part.id}${ending}`, title: `${part.title} (${name})` };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
