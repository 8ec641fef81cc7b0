/** Characters that form a grapheme with a neighbour: marks, joiners, modifiers, flags, conjoining jamo, prefixes. */
const JOINING =
  '\\r\\p{M}\\p{Grapheme_Extend}\\p{Emoji_Modifier}\\p{Regional_Indicator}\\p{Cf}\\u0d4e\\u0e33\\u0eb3\\u1100-\\u11ff' +
  '\\ua960-\\ua97f\\ud7b0-\\ud7ff\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}\\u{11a84}-\\u{11a89}\\u{11d46}\\u{11f02}';
/** Stretches without a joining character, where every code point is a grapheme, or with their neighbours. */
const STRETCHES = new RegExp(
  `[^${JOINING}]+(?=[^${JOINING}]|$)|[^${JOINING}]?(?:[${JOINING}]+[^${JOINING}]?)+|[^]`,
  'gu',
);
const HAS_JOINING = new RegExp(`[${JOINING}]`, 'u');
/** Longer stretches are cut: the segmenter takes quadratic time, and only text without words gets this long. */
const MAX_STRETCH = 2000;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The extended grapheme clusters of a text (Unicode Standard Annex 29). */
export function* graphemesOf(text: string): Generator<string> {
  for (const [stretch] of text.matchAll(STRETCHES)) {
    if (!HAS_JOINING.test(stretch)) {
      yield* stretch;
      continue;
    }
    for (let from = 0; from < stretch.length;) {
      const splitsPair = (stretch.codePointAt(from + MAX_STRETCH - 1) ?? 0) > 0xffff;
      const to = from + MAX_STRETCH - (splitsPair ? 1 : 0);
      for (const { segment } of segmenter.segment(stretch.slice(from, to))) yield segment;
      from = to;
    }
  }
}
