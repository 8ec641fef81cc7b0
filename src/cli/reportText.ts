import type { Report, ReportAction, Table } from '../shared/report';
import { formatCell, reportTables } from '../shared/report';
import { visible } from './output';

/** Widest column of a table in a terminal. */
const MOST_COLUMNS = 60;
/** Rows of a table in a terminal; the other formats have all. */
const MOST_ROWS = 60;

/** A report for a terminal: what was found, then its tables in columns. */
export function* reportLines(title: string, report: Report): Generator<string> {
  yield `${visible(title)}\n\n`;
  for (const finding of report.findings) yield `- ${visible(finding)}\n`;
  for (const table of reportTables(report)) yield* tableLines(table);
  for (const action of report.actions ?? []) yield nextLine(action);
}

/** How to do on the command line what the panel has a button for. */
function nextLine(action: ReportAction): string {
  const settings = Object.entries(action.kind === 'probe' ? (action.settings ?? {}) : {});
  const said = settings.map(([name, value]) => ` --set ${name}=${String(value)}`).join('');
  const command = action.kind === 'probe' ? `probe ${action.probe}${said}` : `anatomy ${action.model}`;
  return `\n${visible(action.label)}: transformer-probe ${visible(command)}\n`;
}

function* tableLines({ title, columns, rows, note }: Table): Generator<string> {
  yield `\n${visible(title)}\n`;
  const cells = [
    columns.map(({ label }) => label),
    ...rows.slice(0, MOST_ROWS).map((row) => row.map((cell, i) => formatCell(cell, columns[i]))),
  ].map((row) => row.map((text) => shortened(visible(text))));
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  for (const row of cells) {
    const line = row.map((text, i) =>
      columns[i]?.format === undefined ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
    );
    yield `  ${line.join('  ').trimEnd()}\n`;
  }
  if (rows.length > MOST_ROWS) yield `  and ${rows.length - MOST_ROWS} more rows; see --json or --markdown\n`;
  if (note) yield `  ${visible(note)}\n`;
}

function shortened(text: string): string {
  return text.length > MOST_COLUMNS ? `${text.slice(0, MOST_COLUMNS - 1)}…` : text;
}
