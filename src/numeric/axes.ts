import type { AxisItem, Grain, Shaping } from '../shared/aggregate';
import type { TextSegment, Token } from '../shared/tokens';

/** The tokens of one axis, and the text that their offsets count in. */
export interface Axis {
  tokens: readonly Token[];
  segments: readonly Pick<TextSegment, 'text'>[];
}

/** Rows or columns after hiding and grouping. `hidden` are further positions to leave out, such as sinks. */
export function axisItems(
  { tokens, segments }: Axis,
  { grain, hideSpecial }: Pick<Shaping, 'grain' | 'hideSpecial'>,
  hidden: readonly number[] = [],
): AxisItem[] {
  const left = new Set(hidden);
  const unitOf = unitFinder(segments, grain);
  const items: AxisItem[] = [];
  let last: string | null = null;
  for (const [position, token] of tokens.entries()) {
    if (left.has(position) || (hideSpecial && token.special)) continue;
    const unit = token.special ? null : unitOf(token);
    const item = items.at(-1);
    if (item && unit !== null && unit === last) {
      item.tokens.push(position);
      item.text += token.text;
    } else {
      items.push({ text: token.text, tokens: [position], special: token.special });
    }
    last = unit;
  }
  if (grain !== 'token') for (const item of items) item.text = item.text.trim() || item.text;
  return items;
}

/**
 * Names the word or line that a token belongs to; null where it stands alone. A token belongs where its first character
 * that is no white space does. Words are those of Unicode (UAX 29): `don't` and `word_count` are one, punctuation is its own.
 */
function unitFinder(segments: Axis['segments'], grain: Grain): (token: Token) => string | null {
  if (grain === 'token') return () => null;
  const starts = segments.map(({ text }) => (grain === 'word' ? wordStarts(text) : lineStarts(text)));
  return ({ segment, start, end }) => {
    const text = segments[segment]?.text;
    if (text === undefined) return null;
    const blank = text.slice(start, end).search(/\S/u);
    const at = start + Math.max(0, blank);
    return `${segment} ${unitAt(starts[segment] ?? [], at)}`;
  };
}

function wordStarts(text: string): number[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
  return Array.from(segmenter.segment(text), ({ index }) => index);
}

function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|[\n\r]/g), ({ index, 0: end }) => index + end.length)];
}

/** Index of the last start that is not after `at`. */
function unitAt(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
