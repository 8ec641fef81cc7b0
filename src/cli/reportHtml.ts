import type { Theme } from '../../webview/charts/chartTheme';
import { cssColour, inkOn } from '../../webview/charts/colour';
import { cellColour } from '../../webview/charts/figures/heatmap';
import { diagramMarkup, DIAGRAM_STYLE } from '../../webview/charts/diagram/still';
import { figureSvg } from '../../webview/charts/figures/svg';
import { hashSource } from '../probes/export/contentPolicy';
import type { Cell, Column, Figure, ReportAction, ReportPart, Table, TokensFigure } from '../shared/report';
import { figureTable, formatCell, formatNumber } from '../shared/report';
import type { ProbeOutcome } from './probe';
import { StyleSheet } from './styleSheet';

/** Colors of a printed page; the series are those of VS Code's light theme. */
const THEME: Theme = {
  kind: 'light',
  background: '#ffffff',
  foreground: '#1f1f1f',
  muted: '#5a5a5a',
  border: '#c8c8c8',
  focus: '#005fb8',
  tooltipBackground: '#ffffff',
  tooltipForeground: '#1f1f1f',
  tooltipBorder: '#c8c8c8',
  fontFamily: 'system-ui, sans-serif',
  monospace: 'ui-monospace, monospace',
  series: ['#1a85ff', '#d18616', '#388a34', '#652d90', '#e51400', '#bf8803'],
};

const STYLE = `
body { max-width: 1000px; margin: 2em auto; padding: 0 1em; color: #1f1f1f; font: 15px/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5em; border-top: 1px solid #c8c8c8; padding-top: 1em; }
svg { max-width: 100%; height: auto; }
dt { color: #5a5a5a; } dd { margin: 0 0 .4em; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 10px; border-bottom: 1px solid #ddd; text-align: start; } .number { text-align: end; }
.scroll { overflow-x: auto; } .hint { color: #5a5a5a; } .error { color: #b00; }
@media (min-width: 700px) {
  .parts { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); column-gap: 16px; align-items: start; }
  .parts > section { grid-column: span 6; } .parts > .half { grid-column: span 3; } .parts > .third { grid-column: span 2; }
}
figure { margin: 0; }
.token { padding: 1px 3px; border-radius: 3px; font-family: ui-monospace, monospace; }
@media print { details { display: block; } h2 { break-before: page; } }`;

/** CSS pixels of a figure by its share of the page. */
const WIDTHS = { whole: 960, half: 470, third: 320 };

/** One HTML file with every probe's findings, figures and tables: no script, nothing from the network. */
export function* reportPage(outcomes: readonly ProbeOutcome[]): Generator<string> {
  const sheet = new StyleSheet(STYLE + DIAGRAM_STYLE);
  // The head names the hash of all styles, so that the body comes first.
  const sections = outcomes.flatMap((outcome) => [...probeSection(outcome, sheet)]);
  const styles = sheet.text;
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Transformer Probe</title>';
  yield `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashSource(styles)}">`;
  yield `<style>${styles}</style></head>\n<body><h1>Transformer Probe: all probes</h1>\n`;
  const entries = outcomes.map(
    ({ probe }) => `<li><a href="#${html(probe.id)}">${html(probe.title)}</a>: ${html(probe.summary)}</li>`,
  );
  yield `<ol>${entries.join('\n')}</ol>\n`;
  yield* sections;
  yield '</body></html>\n';
}

function* probeSection(
  { probe, settings, report, error }: ProbeOutcome,
  sheet: StyleSheet,
): Generator<string> {
  yield `<h2 id="${html(probe.id)}">${html(probe.title)}</h2>\n<p>${html(probe.summary)}</p>\n<dl>`;
  const reading: [string, string][] = [
    ['What is shown', probe.shows],
    ['What to look for', probe.look],
    ['What it does not prove', probe.limits],
  ];
  for (const [name, text] of reading) yield `<dt>${name}</dt><dd>${html(text)}</dd>\n`;
  yield `</dl>\n<p>${probe.links.map(({ label, href }) => anchor(label, href)).join(' · ')}</p>\n`;
  const said = Object.entries(settings).map(([name, value]) => `${name} = ${String(value)}`);
  if (said.length > 0) yield `<p class="hint">${html(said.join(', '))}</p>\n`;
  if (error !== null) yield `<p class="error">${html(error)}</p>\n`;
  if (!report) return;
  yield `<ul>${report.findings.map((finding) => `<li>${html(finding)}</li>`).join('')}</ul>\n`;
  const next = (report.actions ?? []).filter(({ kind }) => kind === 'probe');
  if (next.length > 0) {
    yield `<p>${next.map((action) => actionHtml(action, action.label)).join(' · ')}</p>\n`;
  }
  yield '<div class="parts">\n';
  for (const part of report.parts) yield partHtml(part, sheet);
  yield '</div>\n';
}

function partHtml(part: ReportPart, sheet: StyleSheet): string {
  const head = `<h3>${html(part.title)}</h3>\n`;
  const note = part.note ? `<p class="hint">${html(part.note)}</p>\n` : '';
  if (part.kind === 'table') return `<section>${head}${tableHtml(part)}${note}</section>\n`;
  const picture = pictureOf(part, sheet);
  const numbers = `<details><summary>As a table</summary>${tableHtml(figureTable(part))}</details>\n`;
  return `<section class="${part.size ?? ''}">${head}<figure>${picture}</figure>\n${note}${numbers}</section>\n`;
}

function pictureOf(figure: Figure, sheet: StyleSheet): string {
  if (figure.kind === 'tokens') return tokensHtml(figure, sheet);
  return figure.kind === 'diagram'
    ? diagramMarkup(figure)
    : sheet.adopt(figureSvg(figure, { theme: THEME }, WIDTHS[figure.size ?? 'whole']));
}

function tokensHtml({ tokens, value, signed }: TokensFigure, sheet: StyleSheet): string {
  const axis = { ...value, min: signed ? undefined : (value.min ?? 0) };
  const colour = cellColour({ values: tokens.map((token) => token.value), value: axis }, { theme: THEME });
  return tokens
    .map((token) => {
      if (token.value === null) return `<span class="token">${html(token.text)}</span>`;
      const rgb = colour(token.value);
      const painted = sheet.classOf(`background: ${cssColour(rgb)}; color: ${inkOn(rgb)}`);
      const title = formatNumber(token.value, value.format);
      return `<span class="token ${painted}" title="${title}">${html(token.text)}</span>`;
    })
    .join(' ');
}

function tableHtml({ columns, rows }: Table): string {
  const heads = columns.map((column) => `<th${numeric(column)}>${html(column.label)}</th>`).join('');
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, i) => `<td${numeric(columns[i])}>${cellHtml(cell, columns[i])}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>\n`;
}

function cellHtml(cell: Cell, column: Column | undefined): string {
  const text = formatCell(cell, column);
  if (typeof cell !== 'object' || cell === null) return html(text);
  return 'href' in cell ? anchor(text, cell.href) : actionHtml(cell.action, text);
}

const numeric = (column: Column | undefined) => (column?.format === undefined ? '' : ' class="number"');

/** An action leads to the section of the probe that it names; an anatomy is not in the report. */
function actionHtml(action: ReportAction, text: string): string {
  return action.kind === 'probe' ? `<a href="#${html(action.probe)}">${html(text)}</a>` : html(text);
}

function anchor(label: string, href: string): string {
  return /^https:\/\//.test(href) ? `<a href="${html(href)}">${html(label)}</a>` : html(label);
}

/** Text as it is, never as markup. */
function html(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
