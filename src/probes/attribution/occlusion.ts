import * as l10n from '@vscode/l10n';
import type { FedText } from '../../shared/attributionRequests';
import type { MethodScores } from './methods';
import type { Subject } from './subject';

/** Texts asked for at a time: progress moves and cancelling takes effect between requests. */
const PORTION = 16;

/** F(text) - F(text with one token replaced, or left out where there is nothing to put in its place). */
export async function occlusion(subject: Subject): Promise<MethodScores> {
  const { fed, kept, keptTarget } = subject;
  const places = fed.ids.flatMap((_, i) => (kept.has(i) ? [] : [i]));
  const targets = (fed.targetIds ?? []).flatMap((_, i) => (keptTarget.has(i) ? [] : [i]));
  const variants = [
    ...places.map((i) => occluded(subject, 'ids', i)),
    ...targets.map((i) => occluded(subject, 'targetIds', i)),
  ];
  const values = await valuesOf(subject, variants);
  const scores = (ids: number[], at: number[], first: number) => {
    const found: (number | null)[] = ids.map(() => null);
    for (const [k, i] of at.entries()) {
      const without = values[first + k] ?? null;
      found[i] = without === null ? null : subject.value - without;
    }
    return found;
  };
  return {
    input: scores(fed.ids, places, 0),
    ...(fed.targetIds && { target: scores(fed.targetIds, targets, places.length) }),
  };
}

interface Variant {
  text: Omit<FedText, 'model'>;
  /** Where the prediction is made once a token before it is gone. */
  position: number | null;
}

function occluded(
  { fed, explained, replacement, facts }: Subject,
  side: 'ids' | 'targetIds',
  i: number,
): Variant {
  const { ids, typeIds, targetIds } = fed;
  const text = { ids, typeIds, targetIds };
  const own = (side === 'ids' ? ids : targetIds) ?? [];
  if (replacement.id !== undefined) {
    return { text: { ...text, [side]: own.with(i, replacement.id) }, position: explained.position };
  }
  const without = {
    ...text,
    [side]: own.toSpliced(i, 1),
    ...(side === 'ids' && { typeIds: typeIds?.toSpliced(i, 1) }),
  };
  const isAxis = side === 'targetIds' || facts.family !== 'encoder-decoder';
  const { position } = explained;
  const moves = position !== null && isAxis && i <= position;
  return { text: without, position: moves ? Math.max(0, position - 1) : position };
}

/** F of every variant, those of one position together; null for a text of which nothing is left. */
async function valuesOf(
  { inference, fed, explained, signal, progress }: Subject,
  variants: readonly Variant[],
): Promise<(number | null)[]> {
  const values = new Array<number | null>(variants.length).fill(null);
  const order = variants.map((_, i) => i).filter((i) => (variants[i] as Variant).text.ids.length > 0);
  order.sort((a, b) => ((variants[a] as Variant).position ?? 0) - ((variants[b] as Variant).position ?? 0));
  for (let first = 0; first < order.length;) {
    progress(l10n.t('Occlusion'), first / order.length);
    const { position } = variants[order[first] as number] as Variant;
    const some = order
      .slice(first, first + PORTION)
      .filter((i) => (variants[i] as Variant).position === position);
    const texts = some.map((i) => (variants[i] as Variant).text);
    const params = { model: fed.model, texts, explained: { ...explained, position } };
    const found = await inference.request('outputsOf', params, signal);
    for (const [k, i] of some.entries()) values[i] = found.values[k] as number;
    first += some.length;
  }
  return values;
}
