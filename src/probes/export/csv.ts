import type { ShapedMatrix } from '../../shared/aggregate';

/** A matrix as CSV (RFC 4180, UTF-8): the first row names the keys, the first column the queries. */
export function* csvPieces({
  queries,
  keys,
  weights,
}: Pick<ShapedMatrix, 'queries' | 'keys' | 'weights'>): Generator<string> {
  yield `${['', ...keys.map(({ text }) => field(text))].join(',')}\r\n`;
  for (const [query, { text }] of queries.entries()) {
    const row = weights.subarray(query * keys.length, (query + 1) * keys.length);
    yield `${[field(text), ...Array.from(row, String)].join(',')}\r\n`;
  }
}

/** Always in quotes: token texts hold commas, quotes and line breaks. */
function field(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
