import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { slice, type Piece } from './piece';

/** What becomes of the delimiters when text is split, in the words of tokenizer.json. */
export type Behavior = 'removed' | 'isolated' | 'mergedwithprevious' | 'mergedwithnext' | 'contiguous';

const BEHAVIORS: readonly string[] = [
  'removed',
  'isolated',
  'mergedwithprevious',
  'mergedwithnext',
  'contiguous',
];

interface Stretch {
  from: number;
  to: number;
  isMatch: boolean;
}

export function behaviorOf(name: string | null, fallback: Behavior): Behavior {
  const behavior = (name ?? fallback).toLowerCase();
  if (BEHAVIORS.includes(behavior)) return behavior as Behavior;
  throw new ProbeError('model', l10n.t('tokenizer.json splits text in an unknown way.'));
}

/** Splits a piece at every match of a global pattern (at everything between the matches if `invert`). */
export function splitPiece(piece: Piece, pattern: RegExp, behavior: Behavior, invert = false): Piece[] {
  const stretches = stretchesOf(piece.text, pattern, invert);
  const parts = [];
  for (const { from, to, isMatch } of joined(stretches, behavior)) {
    if (to > from && !(isMatch && behavior === 'removed')) parts.push(slice(piece, from, to));
  }
  return parts;
}

function stretchesOf(text: string, pattern: RegExp, invert: boolean): Stretch[] {
  const stretches: Stretch[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) stretches.push({ from: end, to: match.index, isMatch: invert });
    end = match.index + match[0].length;
    stretches.push({ from: match.index, to: end, isMatch: !invert });
  }
  if (end < text.length) stretches.push({ from: end, to: text.length, isMatch: invert });
  return stretches;
}

function joined(stretches: Stretch[], behavior: Behavior): Stretch[] {
  switch (behavior) {
    case 'contiguous':
      return merge(stretches, (stretch, previous) => stretch.isMatch === previous);
    case 'mergedwithprevious':
      return merge(stretches, (stretch, previous) => stretch.isMatch && !previous);
    case 'mergedwithnext':
      return mergeBackwards(stretches);
    default:
      return stretches;
  }
}

function merge(
  stretches: Stretch[],
  joins: (stretch: Stretch, previousIsMatch: boolean) => boolean,
): Stretch[] {
  const out: Stretch[] = [];
  let previous = false;
  for (const stretch of stretches) {
    const last = out.at(-1);
    if (last && joins(stretch, previous)) last.to = stretch.to;
    else out.push({ ...stretch });
    previous = stretch.isMatch;
  }
  return out;
}

function mergeBackwards(stretches: Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  let previous = false;
  for (const stretch of stretches.toReversed()) {
    const last = out.at(-1);
    if (last && stretch.isMatch && !previous) last.from = stretch.from;
    else out.push({ ...stretch });
    previous = stretch.isMatch;
  }
  return out.reverse();
}
