import type { TextSegment } from '../../shared/tokens';

/** Sentences beyond this are left out: each is a run of its own. */
export const MOST_SENTENCES = 24;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The texts to compare: several selections as they are, of one its sentences. */
export function textsOf(segments: readonly TextSegment[]): string[] {
  const texts =
    segments.length > 1
      ? segments.map(({ text }) => text)
      : [...segmenter.segment(segments[0]?.text ?? '')].map(({ segment }) => segment);
  return texts.map((text) => text.trim()).filter((text) => /[\p{L}\p{N}]/u.test(text));
}
