/**
 * Rows of comma- or tab-separated text (RFC 4180): fields in double quotes may hold delimiters, line breaks and doubled
 * quotes. Blank lines are left out. A quote that nobody closes runs to the end, as in spreadsheets.
 */
export function* delimitedRows(text: string, delimiter: string): Generator<string[]> {
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const field = text[at] === '"' ? quoted(text, at, delimiter) : plain(text, at, delimiter);
    row.push(field.value);
    at = field.end;
    if (text[at] === delimiter) {
      at++;
      // A delimiter at the very end of the text has an empty field behind it.
      if (at < text.length) continue;
      row.push('');
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (row.length > 1 || row[0] !== '') yield row;
    row = [];
  }
}

interface Field {
  value: string;
  /** Position of the delimiter or line break behind it. */
  end: number;
}

function plain(text: string, start: number, delimiter: string): Field {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++;
  return { value: text.slice(start, end), end };
}

function quoted(text: string, start: number, delimiter: string): Field {
  let value = '';
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at++;
  }
  // What stands between the closing quote and the delimiter belongs to the field.
  const rest = plain(text, at, delimiter);
  return { value: value + rest.value, end: rest.end };
}

/** The delimiter that the first line has most of; a comma where it has none. */
export function delimiterOf(text: string): string {
  const [line = ''] = text.split(/\r?\n|\r/, 1);
  const counts = ['\t', ',', ';'].map((one) => ({ one, count: line.split(one).length - 1 }));
  const best = counts.reduce((a, b) => (b.count > a.count ? b : a));
  return best.count > 0 ? best.one : ',';
}
