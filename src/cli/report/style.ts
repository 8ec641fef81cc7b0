import { DIAGRAM_STYLE } from '../../../webview/charts/diagram/still';
import type { Paints } from './paints';
import { DARK, LIGHT } from './svg';

/** The page's style, in the colors of both schemes. */
export function pageStyle(paints: Paints): string {
  const ink = paints.of(LIGHT.foreground, DARK.foreground);
  const muted = paints.of(LIGHT.muted, DARK.muted);
  const ground = paints.of(LIGHT.background, DARK.background);
  const line = paints.of('#dcdcdc', '#444444');
  const card = paints.of('#f5f5f5', '#2a2a2a');
  const link = paints.of(LIGHT.focus, DARK.focus);
  const error = paints.of('#b00000', '#ff8f8f');
  return `
body { max-width: 1000px; margin: 2em auto; padding: 0 1em; color: ${ink}; background: ${ground}; font: 15px/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; } h1 { font-size: 28px; } h3 { font-size: 16px; margin: 1.8em 0 .4em; }
h2 { font-size: 22px; margin-top: 2.8em; border-top: 1px solid ${line}; padding-top: 1em; }
p, li, dd { max-width: 80ch; } a { color: ${link}; }
svg { max-width: 100%; height: auto; } figure { margin: 0; overflow-x: auto; } figure > svg { display: block; }
dt { color: ${muted}; } dd { margin: 0 0 .4em; } .hint { color: ${muted}; font-size: 14px; } .error { color: ${error}; }
.words { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 1.2em; font-size: 14px; }
@media (max-width: 699px) { .words { display: block; } }
.found { background: ${card}; border-radius: 4px; padding: .7em 1em .7em 2.2em; margin: 1em 0; } .found li { margin: .2em 0; }
blockquote { margin: .5em 0; padding: .2em 0 .2em 1em; border-inline-start: 3px solid ${line}; white-space: pre-wrap; overflow-wrap: anywhere; }
.contents { columns: 2; column-gap: 2em; padding: 0; list-style: none; } .contents li { break-inside: avoid; margin-bottom: .5em; }
.contents .topic { color: ${muted}; break-after: avoid; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 10px; border-bottom: 1px solid ${line}; text-align: start; vertical-align: top; } .number { text-align: end; }
th { position: sticky; top: 0; background: ${ground}; } .scroll { overflow: auto; max-height: 480px; }
.scroll:focus-visible, figure:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid ${link}; }
summary { cursor: pointer; color: ${link}; width: fit-content; } details { margin: .5em 0; }
.tokens { line-height: 2; } .token { forced-color-adjust: none; padding: 1px 3px; border-radius: 3px; font-family: ui-monospace, monospace; white-space: pre-wrap; }
@media (min-width: 700px) {
  .parts { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); column-gap: 16px; align-items: start; }
  .parts > section { grid-column: span 6; } .parts > .half { grid-column: span 3; } .parts > .third { grid-column: span 2; }
}
@media (max-width: 699px) { .contents { columns: 1; } figure > .wide { max-width: none; width: 720px; } }
@media print {
  body { max-width: none; margin: 0; font-size: 11px; } section { break-inside: avoid; } h2 { break-before: page; }
  .scroll { max-height: none; overflow: visible; } .top, .contents { display: none; } th { position: static; }
}${inBothSchemes(DIAGRAM_STYLE, paints)}`;
}

/** What the diagrams' style has beside the page's own colors. */
const DARK_OF: Record<string, string> = { '#fff': DARK.background, '#f5f5f5': '#2a2a2a', '#ddd': '#444444' };

function inBothSchemes(style: string, paints: Paints): string {
  const sides = ['background', 'foreground', 'muted', 'border', 'focus'] as const;
  const known = new Map<string, string>([
    ...Object.entries(DARK_OF),
    ...sides.map((side): [string, string] => [LIGHT[side], DARK[side]]),
    ...LIGHT.series.map((color, i): [string, string] => [color, DARK.series[i] ?? color]),
  ]);
  return style.replace(/#[0-9a-f]{6}\b|#[0-9a-f]{3}\b/g, (color) =>
    paints.of(color, known.get(color) ?? color),
  );
}
