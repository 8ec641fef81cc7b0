import type { AxisItem } from '../../src/shared/aggregate';
import type { Token } from '../../src/shared/tokens';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const VISIBLE: Record<string, string> = { ' ': '␣', '\n': '↵', '\r': '', '\t': '→', '\u00a0': '⍽' };

/** White space as signs. A carriage return of CRLF shows as one line-break sign. */
export function visibleText(text: string): string {
  return text.replace(/\r(?!\n)/g, '↵').replace(/[ \n\r\t\u00a0]/g, (c) => VISIBLE[c] as string);
}

/** What a token is called on axes, in lists and aloud: its characters, or its piece where it covers none. */
export function tokenLabel(token: Pick<Token, 'text' | 'piece'>): string {
  return visibleText(token.text || token.piece);
}

/** What a row or column is called. */
export const itemLabel = ({ text }: Pick<AxisItem, 'text'>): string => visibleText(text);

/** At most `length` graphemes, the last an ellipsis where something was cut. Never cuts inside a character. */
export function shorten(text: string, length = 12): string {
  if (text.length <= length) return text;
  const parts = [...graphemes.segment(text)];
  if (parts.length <= length) return text;
  return (
    parts
      .slice(0, length - 1)
      .map(({ segment }) => segment)
      .join('') + '…'
  );
}

/** Show every n-th label: the smallest of 1, 2, 5, 10, 20, 50, ... that leaves each label its `labelPx` pixels. */
export function labelStep(bandPx: number, labelPx: number): number {
  for (let unit = 1; ; unit *= 10) {
    for (const step of [unit, 2 * unit, 5 * unit]) if (bandPx <= 0 || step * bandPx >= labelPx) return step;
  }
}

/** Keeps `{name|` in a token from being read as ECharts rich-text markup: a word joiner breaks the pattern. */
export function plain(text: string): string {
  return text.replace(/\{/g, '{\u2060');
}

/** Wraps a token in directional isolates, so that right-to-left text does not reorder the line around it. */
export const isolate = (text: string): string => `\u2068${text}\u2069`;
