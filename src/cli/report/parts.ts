import { cssColour, inkOn } from '../../../webview/charts/colour';
import { diagramMarkup } from '../../../webview/charts/diagram/still';
import { cellColour } from '../../../webview/charts/figures/heatmap';
import type {
  Cell,
  Column,
  Figure,
  ReportAction,
  ReportPart,
  Table,
  TokensFigure,
} from '../../shared/report';
import { figureTable, formatCell, formatNumber } from '../../shared/report';
import { anchor, html } from './html';
import type { PageColors } from './svg';
import { chartSvg, DARK, LIGHT } from './svg';

/** CSS pixels of a figure by its share of the page. */
const WIDTHS = { whole: 960, half: 470, third: 320 };
/** Longer tables are folded; those with more cells are left to the command line. */
const MOST_OPEN_ROWS = 12;
const MOST_CELLS = 4000;

/** A figure with its numbers, or a table. */
export function partHtml(part: ReportPart, probe: string, colors: PageColors): string {
  const head = `<h3>${html(part.title)}</h3>\n`;
  const note = part.note ? `<p class="hint">${html(part.note)}</p>\n` : '';
  if (part.kind === 'table') {
    const isLong = part.rows.length > MOST_OPEN_ROWS;
    return `<section>${head}${note}${isLong ? folded(part, probe) : tableHtml(part)}</section>\n`;
  }
  const picture = `<figure tabindex="0">${pictureOf(part, colors)}</figure>\n`;
  return `<section class="${part.size ?? ''}">${head}${picture}${note}${folded(figureTable(part), probe)}</section>\n`;
}

function pictureOf(figure: Figure, colors: PageColors): string {
  if (figure.kind === 'tokens') return tokensHtml(figure, colors);
  if (figure.kind === 'diagram') return diagramMarkup(figure);
  const svg = chartSvg(figure, WIDTHS[figure.size ?? 'whole'], colors);
  return figure.size ? svg : svg.replace('<svg ', '<svg class="wide" ');
}

function tokensHtml({ tokens, value, signed }: TokensFigure, { paints, sheet }: PageColors): string {
  const axis = { ...value, min: signed ? undefined : (value.min ?? 0) };
  const scale = { values: tokens.map((token) => token.value), value: axis };
  const [light, dark] = [LIGHT, DARK].map((theme) => cellColour(scale, { theme }));
  const spans = tokens.map((token) => {
    if (token.value === null || !light || !dark) return `<span class="token">${html(token.text)}</span>`;
    const [day, night] = [light(token.value), dark(token.value)];
    const ground = paints.of(cssColour(day), cssColour(night));
    const style = sheet.classOf(`background:${ground};color:${paints.of(inkOn(day), inkOn(night))}`);
    const title = formatNumber(token.value, value.format);
    return `<span class="token ${style}" title="${title}">${html(token.text)}</span>`;
  });
  return `<div class="tokens">${spans.join(' ')}</div>`;
}

function folded(table: Table, probe: string): string {
  const { columns, rows } = table;
  const size = `${formatNumber(rows.length, 'count')} row${rows.length === 1 ? '' : 's'}`;
  if (rows.length * columns.length > MOST_CELLS) {
    const count = formatNumber(rows.length * columns.length, 'count');
    return `<p class="hint">Its ${count} numbers: <code>transformer-probe probe ${html(probe)} --json</code></p>\n`;
  }
  return `<details><summary>As a table, ${size}</summary>${tableHtml(table)}</details>\n`;
}

function tableHtml({ title, columns, rows }: Table): string {
  const heads = columns.map(
    (column) => `<th scope="col"${numeric(column)}${titleOf(column)}>${html(column.label)}</th>`,
  );
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, i) => `<td${numeric(columns[i])}>${cellHtml(cell, columns[i])}</td>`).join('')}</tr>`,
  );
  const table = `<table><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="${html(title)}">${table}</div>\n`;
}

function cellHtml(cell: Cell, column: Column | undefined): string {
  const text = formatCell(cell, column);
  if (typeof cell !== 'object' || cell === null) return html(text);
  return 'href' in cell ? anchor(text, cell.href) : actionHtml(cell.action, text);
}

const numeric = (column: Column | undefined) => (column?.format === undefined ? '' : ' class="number"');
const titleOf = ({ note }: Column) => (note === undefined ? '' : ` title="${html(note)}"`);

/** An action leads to the section of the probe that it names; an anatomy is not in the report. */
export function actionHtml(action: ReportAction, text: string): string {
  return action.kind === 'probe' ? `<a href="#${html(action.probe)}">${html(text)}</a>` : html(text);
}
