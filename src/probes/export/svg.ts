import * as l10n from '@vscode/l10n';
import type { ShapedMatrix } from '../../shared/aggregate';
import { ProbeError } from '../../shared/errors';

/** The most rows or columns: every cell is a shape of its own. */
export const MAX_SVG_SIDE = 256;

const CELL = 12;
const FONT = 9;
/** Width of a character of the label font, about. */
const ADVANCE = 0.62 * FONT;
const LONGEST_LABEL = 24;
const MARGIN = 8;

/**
 * A matrix for papers: cells as rectangles in one hue, labels as text, on white. Says what was computed in its last lines.
 */
export function* svgPieces(matrix: ShapedMatrix, title: string): Generator<string> {
  const { queries, keys, weights, largest, formula } = matrix;
  if (Math.max(queries.length, keys.length) > MAX_SVG_SIDE) {
    throw new ProbeError(
      'usage',
      l10n.t`An SVG holds at most ${MAX_SVG_SIDE} rows and columns. Group tokens by words or lines, or save a PNG.`,
    );
  }
  const labels = {
    queries: queries.map(({ text }) => label(text)),
    keys: keys.map(({ text }) => label(text)),
  };
  const left = MARGIN + widest(labels.queries);
  const top = MARGIN + 2 * FONT + widest(labels.keys);
  const notes = [...formula, `scale: 0 (white) to ${largest.toPrecision(3)}`];
  const width = Math.max(left + keys.length * CELL, MARGIN + widest([title, ...notes], 1000)) + MARGIN;
  const height = top + queries.length * CELL + (notes.length + 1) * FONT * 1.4 + MARGIN;
  yield `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fixed(width)} ${fixed(height)}" width="${fixed(width)}" height="${fixed(height)}" font-family="Helvetica, Arial, sans-serif" font-size="${FONT}">\n`;
  yield `<title>${escaped(title)}</title>\n<rect width="100%" height="100%" fill="#fff"/>\n`;
  yield `<text x="${MARGIN}" y="${MARGIN + FONT}" font-weight="bold">${escaped(title)}</text>\n`;
  for (const [i, text] of labels.keys.entries()) {
    const [x, y] = [fixed(left + (i + 0.5) * CELL + FONT / 3), fixed(top - 4)];
    yield `<text transform="translate(${x} ${y}) rotate(-90)">${escaped(text)}</text>\n`;
  }
  for (const [i, text] of labels.queries.entries()) {
    const y = fixed(top + (i + 0.5) * CELL + FONT / 3);
    yield `<text x="${fixed(left - 4)}" y="${y}" text-anchor="end">${escaped(text)}</text>\n`;
  }
  for (let query = 0; query < queries.length; query++) {
    const row = weights.subarray(query * keys.length, (query + 1) * keys.length);
    yield cells(row, left, top + query * CELL, largest);
  }
  for (const [i, note] of notes.entries()) {
    const y = fixed(top + queries.length * CELL + (i + 1.5) * FONT * 1.4);
    yield `<text x="${MARGIN}" y="${y}" fill="#444">${escaped(note)}</text>\n`;
  }
  yield '</svg>\n';
}

function cells(row: Float32Array, left: number, y: number, largest: number): string {
  const shapes = Array.from(row, (weight, key) => {
    const color = colorOf(largest > 0 ? weight / largest : 0);
    if (color === null) return '';
    return `<rect x="${fixed(left + key * CELL)}" y="${fixed(y)}" width="${CELL}" height="${CELL}" fill="${color}"/>`;
  });
  return `${shapes.join('')}\n`;
}

/** White to dark blue, readable in grey; null for white. */
function colorOf(share: number): string | null {
  const [from, to] = [
    [255, 255, 255],
    [8, 48, 107],
  ];
  const channels =
    from?.map((value, i) => Math.round(value + Math.min(1, share) * ((to?.[i] ?? 0) - value))) ?? [];
  if (channels.every((value) => value === 255)) return null;
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function label(text: string): string {
  const shown = [...text.replace(/\r\n|\r|\n/g, '⏎').replace(/\t/g, '→')];
  return shown.length > LONGEST_LABEL ? `${shown.slice(0, LONGEST_LABEL - 1).join('')}…` : shown.join('');
}

function widest(texts: readonly string[], most = LONGEST_LABEL): number {
  return Math.min(most, Math.max(1, ...texts.map((text) => [...text].length))) * ADVANCE + 6;
}

/** Markup's own characters, and those that XML 1.0 does not have. */
function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  const allowed = Array.from(text.replace(/\p{Surrogate}/gu, '\ufffd'), (character) => {
    const code = character.codePointAt(0) ?? 0;
    return (code < 0x20 && code !== 9) || code === 0xfffe || code === 0xffff ? '\ufffd' : character;
  }).join('');
  return allowed.replace(/[&<>"]/g, (character) => names[character] ?? character);
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
