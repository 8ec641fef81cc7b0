import type { HeadMatrix } from '../shared/attention';

/** Rows and columns that still fit beside each other in a terminal. */
const MOST = 32;
const LABEL = 14;

export interface HeatmapOptions {
  /** What to call the query tokens, in order; printed as they are. */
  labels: string[];
  /** Unicode block elements; plain ASCII otherwise. */
  blocks: boolean;
}

/**
 * One head as text: a row a query, two characters a key, darker for larger weights on a square-root scale. Only the
 * first 32 queries and keys are drawn.
 */
export function heatmap(matrix: HeadMatrix, { labels, blocks }: HeatmapOptions): string[] {
  const shades = blocks ? [' ', '░', '▒', '▓', '█'] : [' ', '.', ':', 'o', '#'];
  const rows = Math.min(matrix.queries, MOST);
  const columns = Math.min(matrix.keys, MOST);
  const lines = [' '.repeat(LABEL) + ' ' + columnNumbers(columns)];
  for (let query = 0; query < rows; query++) {
    const cells = Array.from({ length: columns }, (_, key) => {
      const weight = matrix.weights[query * matrix.keys + key] as number;
      return shade(shades, weight).repeat(2);
    });
    lines.push(`${label(query, labels[query] ?? '')} ${cells.join('')}`.trimEnd());
  }
  if (rows < matrix.queries || columns < matrix.keys) {
    lines.push(`(the first ${rows} of ${matrix.queries} queries and ${columns} of ${matrix.keys} keys)`);
  }
  return lines;
}

function shade(shades: string[], weight: number): string {
  const step = Math.ceil(Math.sqrt(weight) * (shades.length - 1) - 0.5);
  return shades[Math.max(0, Math.min(shades.length - 1, step))] as string;
}

function columnNumbers(columns: number): string {
  return Array.from({ length: columns }, (_, key) => String(key % 100).padEnd(2))
    .join('')
    .trimEnd();
}

/** `12 word`, cut or padded to the label column. */
function label(index: number, text: string): string {
  const letters = [...text];
  const width = LABEL - 4;
  const cut = letters.length > width ? letters.slice(0, width).join('') : letters.join('');
  return `${String(index).padStart(3)} ${cut.padEnd(width)}`;
}
