import type { Candidate, Making, Match, Merge, Piece } from '../shared/tokenization';
import type { TextAligner } from './offsets';
import { endOf, startOf, type Piece as Part } from './offsets/piece';
import type { ModelStep, ModelToken, TokenModel } from './offsets/vocabulary';

/** Names an id. */
type Name = (id: number) => Piece;

interface Range {
  from: number;
  to: number;
}

/** How the tokens that hold some of the characters [start, end) of a text were made, a pre-token at a time. */
export function makingsOf(
  aligner: TextAligner,
  text: string,
  [start, end]: readonly [number, number],
  name: Name,
): Making[] {
  const makings: Making[] = [];
  for (const part of aligner.parts(text)) {
    if (part.text === '' || startOf(part, 0) >= end || endOf(part, part.text.length - 1) <= start) continue;
    if (part.id !== undefined) makings.push(wholly(part.text, [name(part.id)]));
    else makings.push(...makingOf(aligner.model, part, [start, end], name));
  }
  return makings;
}

function makingOf(
  model: TokenModel,
  part: Part,
  [start, end]: readonly [number, number],
  name: Name,
): Making[] {
  const tokens = model
    .tokenize(part.text)
    .filter(({ from, to }) => startOf(part, from) < end && endOf(part, to - 1) > start);
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (!first || !last) return [];
  // Nothing crosses the borders of the tokens: what is inside them is their whole history.
  const range = { from: first.from, to: last.to };
  const spelled = part.text.slice(range.from, range.to);
  const pieces = tokens.map(({ id }) => name(id));
  const steps = stepsIn(model, part.text, range);
  return [steps.length === 0 ? wholly(spelled, pieces) : { spelled, pieces, how: howOf(model, steps, name) }];
}

function wholly(spelled: string, pieces: Piece[]): Making {
  return { spelled, pieces, how: { algorithm: 'whole' } };
}

/** The steps inside a range, counted from its beginning. */
function stepsIn(model: TokenModel, text: string, { from, to }: Range): ModelStep[] {
  const steps: ModelStep[] = [];
  let symbolsBefore = 0;
  let totalBefore = 0;
  model.tokenize(text, (step) => {
    if (step.kind === 'symbol' && step.to <= from) symbolsBefore++;
    if (step.kind === 'chosen' && step.to === from) totalBefore = step.total;
    if (step.from >= from && step.to <= to) steps.push(step);
  });
  return steps.map((step) => {
    const moved = { ...step, from: step.from - from, to: step.to - from };
    if (moved.kind === 'merge') moved.left -= symbolsBefore;
    if (moved.kind === 'candidate' || moved.kind === 'chosen') moved.total -= totalBefore;
    return moved;
  });
}

function howOf({ algorithm }: TokenModel, steps: ModelStep[], name: Name): Making['how'] {
  switch (algorithm) {
    case 'BPE':
      return { algorithm, ...merging(steps, name) };
    case 'WordPiece':
      return { algorithm, matches: steps.flatMap((step) => matchOf(step, name)) };
    case 'Unigram':
      return { algorithm, candidates: candidatesOf(steps, name) };
    case 'WordLevel':
      return { algorithm: 'whole' };
  }
}

function merging(steps: ModelStep[], name: Name): { start: Piece[]; merges: Merge[] } {
  const symbols = steps.filter(({ kind }) => kind === 'symbol');
  const alive = symbols.map((_, number) => number);
  const merges = steps.flatMap((step) => {
    if (step.kind !== 'merge') return [];
    const at = alive.indexOf(step.left);
    alive.splice(at + 1, 1);
    return [{ at, rank: step.rank, merged: name(step.id) }];
  });
  return { start: symbols.map(({ id }) => name(id)), merges };
}

function matchOf(step: ModelStep, name: Name): Match[] {
  if (step.kind !== 'match') return [];
  const { id, from, to, longer } = step;
  return [{ from, to, longer, found: id < 0 ? null : name(id) }];
}

function candidatesOf(steps: ModelStep[], name: Name): Candidate[] {
  const key = ({ id, from, to }: ModelToken) => `${id} ${from} ${to}`;
  const chosen = new Set(steps.filter(({ kind }) => kind === 'chosen').map(key));
  return steps.flatMap((step) => {
    if (step.kind !== 'candidate') return [];
    const { id, from, to, score, total } = step;
    return [{ from, to, piece: name(id), score, total, chosen: chosen.has(key(step)) }];
  });
}
