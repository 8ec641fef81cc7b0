import type { Cell, Report, Table } from '../shared/report';
import { figureTable, formatCell, reportTables } from '../shared/report';

/** A table as CSV (RFC 4180), numbers unrounded. Text that a spreadsheet would compute is kept from it by a quote. */
export function tableCsv({ columns, rows }: Table): string {
  const lines = [columns.map(({ label }) => label), ...rows.map((row) => row.map(rawCell))];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

/** Every table of a report as CSV: each under its title, with an empty line between. */
export function reportCsv(report: Report): string {
  return reportTables(report)
    .map((table) => `${csvField(table.title)}\r\n${tableCsv(table)}`)
    .join('\r\n');
}

export function tableMarkdown({ title, note, columns, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = columns.map(({ format }) => (format === undefined ? '---' : '---:'));
  return [
    `### ${escaped(title)}\n\n`,
    line(columns.map(({ label }) => escaped(label))),
    line(rule),
    ...rows.map((row) => line(row.map((cell, i) => markdownCell(cell, columns[i])))),
    note ? `\n${escaped(note)}\n` : '',
  ].join('');
}

/** A report as Markdown; figures as the numbers behind them. */
export function reportMarkdown(title: string, report: Report): string {
  const findings = report.findings.map((finding) => `- ${escaped(finding)}\n`).join('');
  const tables = report.parts.map((part) => tableMarkdown(part.kind === 'table' ? part : figureTable(part)));
  return [`## ${escaped(title)}\n`, ...(findings ? [findings] : []), ...tables].join('\n');
}

function rawCell(cell: Cell): string | number | null {
  return typeof cell === 'object' && cell !== null ? cell.text : cell;
}

function csvField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdownCell(cell: Cell, column: Table['columns'][number] | undefined): string {
  const text = escaped(formatCell(cell, column));
  return typeof cell === 'object' && cell !== null && 'href' in cell
    ? `[${text}](${encodeURI(cell.href)})`
    : text;
}

/** Text that Markdown would read as markup, as itself. */
function escaped(text: string): string {
  return text.replace(/[\\|`*_[\]<>#]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}
