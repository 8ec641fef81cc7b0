import type { Aggregation, Entity, LabelScore, TaggedToken, Tagging } from '../../shared/tasks';
import type { TextSegment, Token } from '../../shared/tokens';
import type { Tensor } from './forward';
import { labelScores } from './scores';

/** Labels of a token that belongs to no entity. */
const OUTSIDE = 'O';

/** Labels of every token, and the entities that they make together. */
export function tagging(
  { data, shape }: Tensor,
  tokens: readonly Token[],
  segments: readonly TextSegment[],
  { labels, aggregation }: { labels: Record<number, string>; aggregation: Aggregation },
): Tagging {
  const width = shape[1] ?? 0;
  const tagged = tokens.flatMap(({ special }, index): TaggedToken[] => {
    const logits = data.subarray(index * width, (index + 1) * width);
    return special ? [] : [{ index, labels: labelScores(logits, { labels }, 'softmax') }];
  });
  const entities = joined(units(tagged, tokens, aggregation), segments);
  return { task: 'token-classification', aggregation, tokens: tagged, entities };
}

/** What is joined to entities: a token, or with the other strategies a word. */
interface Unit {
  label: string;
  score: number;
  segment: number;
  start: number;
  end: number;
}

function units(tagged: readonly TaggedToken[], tokens: readonly Token[], aggregation: Aggregation): Unit[] {
  const isWordPiece = !tokens.some(({ piece, special }) => !special && /^[Ġ▁]/u.test(piece));
  const groups: TaggedToken[][] = [];
  for (const one of tagged) {
    const before = tokens[one.index - 1];
    const goesOn = aggregation !== 'simple' && isInside(tokens[one.index] as Token, before, isWordPiece);
    if (goesOn && groups.length > 0) groups.at(-1)?.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => {
    const first = tokens[group[0]?.index ?? 0] as Token;
    const last = tokens[group.at(-1)?.index ?? 0] as Token;
    const { label, score } = labelOf(group, aggregation);
    return { label, score, segment: first.segment, start: first.start, end: last.end };
  });
}

/** Whether a token goes on with a word: `##ing`, or one that follows without a blank. */
function isInside(
  { piece, start, segment }: Token,
  before: Token | undefined,
  isWordPiece: boolean,
): boolean {
  if (!before || before.segment !== segment || before.special) return false;
  if (isWordPiece) return piece.startsWith('##');
  return start > 0 && before.end === start && !/^[Ġ▁]/u.test(piece);
}

/** A word's label: its first token's, its surest token's, or the one with the largest mean score. */
function labelOf(
  group: readonly TaggedToken[],
  aggregation: Aggregation,
): Pick<LabelScore, 'label' | 'score'> {
  const bests = group.map(({ labels }) => labels[0] as LabelScore);
  if (aggregation === 'simple' || aggregation === 'first') return bests[0] as LabelScore;
  if (aggregation === 'max') return bests.reduce((best, one) => (one.score > best.score ? one : best));
  const sums = new Map<number, LabelScore>();
  for (const { labels } of group) {
    for (const one of labels) {
      const score = (sums.get(one.id)?.score ?? 0) + one.score / group.length;
      sums.set(one.id, { ...one, score });
    }
  }
  return [...sums.values()].reduce((best, one) =>
    one.score > best.score || (one.score === best.score && one.id < best.id) ? one : best,
  );
}

/** Neighbors of one tag are one entity, unless a `B-` begins another. A score is the mean of its units'. */
function joined(all: readonly Unit[], segments: readonly TextSegment[]): Entity[] {
  const groups: Unit[][] = [];
  for (const unit of all) {
    const last = groups.at(-1)?.at(-1);
    const goesOn =
      last && last.segment === unit.segment && tagOf(last) === tagOf(unit) && !unit.label.startsWith('B-');
    if (goesOn) groups.at(-1)?.push(unit);
    else groups.push([unit]);
  }
  return groups.flatMap((group): Entity[] => {
    const [first] = group as [Unit];
    const end = group.at(-1)?.end ?? first.end;
    const label = tagOf(first);
    if (label === OUTSIDE) return [];
    const score = group.reduce((sum, unit) => sum + unit.score, 0) / group.length;
    const text = (segments[first.segment]?.text ?? '').slice(first.start, end);
    return [{ label, score, text, segment: first.segment, start: first.start, end }];
  });
}

function tagOf({ label }: Unit): string {
  return label.replace(/^[BI]-/, '');
}
