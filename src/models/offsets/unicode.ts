export type Form = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** A character of a normal form and how it relates to the source, as in {@link Rewrite.put}. */
export type Change = [character: string, change: number];

const LOWEST_CLASS = '\u0334';
const HIGHEST_CLASS = '\u0345';
const nonStarters = new Map<string, boolean>();
const decompositions = { NFD: new Map<string, string[]>(), NFKD: new Map<string, string[]>() };
const CACHE_LIMIT = 20_000;

/**
 * A run of text in a Unicode normal form, each character with the change it makes. Node has the normal forms but not the
 * combining classes and compositions behind them, so both are asked for by normalising two characters at a time.
 */
export function normalizeRun(run: string, form: Form): Change[] {
  const compatible = form === 'NFKC' || form === 'NFKD';
  const decomposed = decompose(run, compatible ? 'NFKD' : 'NFD');
  return form === 'NFC' || form === 'NFKC' ? compose(decomposed) : decomposed;
}

function decompose(run: string, form: 'NFD' | 'NFKD'): Change[] {
  const changes: Change[] = [];
  let marks: Change[] = [];
  const flush = () => {
    for (const mark of marks.length > 1 ? inOrder(marks) : marks) changes.push(mark);
    marks = [];
  };
  for (const character of run) {
    decompositionOf(character, form).forEach((part, index) => {
      const change: Change = [part, index > 0 ? 1 : 0];
      if (isNonStarter(part)) return marks.push(change);
      flush();
      return changes.push(change);
    });
  }
  flush();
  return changes;
}

/** Marks in canonical order: by class, else as they came. Each keeps its change, as in the library. */
function inOrder(marks: Change[]): Change[] {
  const kinds = [...new Set(marks.map(([mark]) => mark))].sort((a, b) =>
    isSwapped(a, b) ? 1 : isSwapped(b, a) ? -1 : 0,
  );
  const ranks = new Map<string, number>();
  let rank = 0;
  kinds.forEach((mark, index) => {
    const before = kinds[index - 1];
    if (before !== undefined && isBefore(before, mark)) rank++;
    ranks.set(mark, rank);
  });
  return marks.toSorted(([a], [b]) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

function decompositionOf(character: string, form: 'NFD' | 'NFKD'): string[] {
  const cache = decompositions[form];
  const known = cache.get(character);
  if (known) return known;
  const parts = [...character.normalize(form)];
  if (cache.size < CACHE_LIMIT) cache.set(character, parts);
  return parts;
}

/** Canonical composition: a mark joins the last starter unless a mark of the same class stands between. */
function compose(decomposed: Change[]): Change[] {
  const out: Change[] = [];
  let starter: Change | undefined;
  let held: Change[] = [];
  const flush = () => {
    if (starter) out.push(starter);
    for (const mark of held) out.push(mark);
    starter = undefined;
    held = [];
  };
  for (const item of decomposed) {
    const isMark = isNonStarter(item[0]);
    const blocker: Change | undefined = held.at(-1);
    const blocked = blocker !== undefined && !(isMark && isBefore(blocker[0], item[0]));
    const joined: string | null = starter && !blocked ? composite(starter[0], item[0]) : null;
    if (starter && joined !== null) starter = [joined, starter[1] + item[1] - 1];
    else if (starter && isMark) held.push(item);
    else if (isMark) out.push(item);
    else {
      flush();
      starter = item;
    }
  }
  flush();
  return out;
}

function composite(first: string, second: string): string | null {
  const joined = (first + second).normalize('NFC');
  const isOne = joined.length === ((joined.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
  return isOne && joined !== '' ? joined : null;
}

/** True when the mark `first` has a lower combining class than the mark `second`. */
function isBefore(first: string, second: string): boolean {
  return isSwapped(second, first);
}

/** True for characters whose canonical combining class is not 0. */
function isNonStarter(character: string): boolean {
  if (character < '\u0300') return false;
  const known = nonStarters.get(character);
  if (known !== undefined) return known;
  const answer = isSwapped(character, LOWEST_CLASS) || isSwapped(HIGHEST_CLASS, character);
  if (nonStarters.size < CACHE_LIMIT) nonStarters.set(character, answer);
  return answer;
}

/** True when canonical ordering puts `second` before `first`. Both are fully decomposed. */
function isSwapped(first: string, second: string): boolean {
  return first !== second && (first + second).normalize('NFD') === second + first;
}
