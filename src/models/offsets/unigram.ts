import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { booleanAt, integerAt, listAt } from '../json';
import { unitsAt } from './piece';
import { byteTokens, type ModelToken, type OnStep, type TokenModel, type Vocabulary } from './vocabulary';

const UNKNOWN_PENALTY = 10;

/**
 * Unigram language model: of all ways to cut the text into pieces, the one with the highest sum of log probabilities
 * (Kudo 2018, https://arxiv.org/abs/1804.10959), by Viterbi's algorithm. Neighbouring unknown characters are one token.
 */
export function createUnigram(config: unknown): TokenModel {
  const { vocabulary, scores } = readPieces(listAt(config, 'vocab'));
  const unknown = integerAt(config, 'unk_id');
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - UNKNOWN_PENALTY;
  const lattice = new Lattice(vocabulary, scores, unknown, unknownScore);
  const byteFallback = booleanAt(config, 'byte_fallback', false);

  const tokenize = (text: string, onStep?: OnStep): ModelToken[] =>
    fuseUnknown(lattice.bestPath(text, onStep), unknown).flatMap((token) => {
      const part = text.slice(token.from, token.to);
      const id = vocabulary.get(part);
      if (id !== undefined) return { ...token, id };
      const bytes = byteFallback ? byteTokens(vocabulary, part) : null;
      return bytes ? bytes.map((byte) => ({ ...token, id: byte })) : token;
    });
  return { algorithm: 'Unigram', vocabulary, tokenize };
}

function readPieces(entries: unknown[]): { vocabulary: Vocabulary; scores: Float64Array } {
  if (entries.length === 0) throw new ProbeError('model', l10n.t('tokenizer.json has no vocabulary.'));
  const vocabulary: Vocabulary = new Map();
  const scores = new Float64Array(entries.length);
  entries.forEach((entry, id) => {
    const [piece, score] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof piece !== 'string' || typeof score !== 'number') {
      throw new ProbeError('model', l10n.t('tokenizer.json has a piece without a score. Download it again.'));
    }
    vocabulary.set(piece, id);
    scores[id] = score;
  });
  return { vocabulary, scores };
}

function fuseUnknown(path: ModelToken[], unknown: number | null): ModelToken[] {
  const fused: ModelToken[] = [];
  for (const token of path) {
    const last = fused.at(-1);
    if (last?.id === unknown && token.id === unknown) last.to = token.to;
    else fused.push({ ...token });
  }
  return fused;
}

class Lattice {
  /** Lengths of the pieces that begin with a code unit, rising. */
  private readonly lengths = new Map<number, number[]>();

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly scores: Float64Array,
    private readonly unknown: number | null,
    private readonly unknownScore: number,
  ) {
    const sets = new Map<number, Set<number>>();
    for (const piece of vocabulary.keys()) {
      const first = prefixOf(piece, 0);
      const set = sets.get(first);
      if (set) set.add(piece.length);
      else sets.set(first, new Set([piece.length]));
    }
    for (const [first, set] of sets)
      this.lengths.set(
        first,
        [...set].sort((a, b) => a - b),
      );
  }

  /** The pieces of the best path. Of equal paths the one found first wins, as in the `tokenizers` library. */
  bestPath(text: string, onStep?: OnStep): ModelToken[] {
    const best = new Float64Array(text.length + 1);
    const start = new Int32Array(text.length + 1).fill(-1);
    const ids = new Int32Array(text.length + 1);
    const offer = (from: number, to: number, id: number, score: number) => {
      const total = score + (best[from] ?? 0);
      onStep?.({ kind: 'candidate', id, from, to, score, total });
      if ((start[to] ?? -1) >= 0 && total <= (best[to] ?? 0)) return;
      best[to] = total;
      start[to] = from;
      ids[to] = id;
    };
    for (let from = 0; from < text.length; from += unitsAt(text, from)) this.offerPieces(text, from, offer);
    const path: ModelToken[] = [];
    for (let to = text.length; to > 0;) {
      const from = start[to] ?? 0;
      path.push({ id: ids[to] ?? 0, from, to });
      to = from;
    }
    path.reverse();
    for (const token of path) onStep?.({ kind: 'chosen', ...token, total: best[token.to] ?? 0 });
    return path;
  }

  private offerPieces(
    text: string,
    from: number,
    offer: (from: number, to: number, id: number, score: number) => void,
  ): void {
    const single = unitsAt(text, from);
    let hasSingle = false;
    for (const key of [prefixOf(text.charAt(from), 0), prefixOf(text, from)]) {
      for (const length of this.lengths.get(key) ?? []) {
        if (from + length > text.length) break;
        const id = this.vocabulary.get(text.slice(from, from + length));
        if (id === undefined) continue;
        offer(from, from + length, id, this.scores[id] ?? 0);
        hasSingle ||= length === single;
      }
      if (from + 1 >= text.length) break;
    }
    if (hasSingle) return;
    if (this.unknown === null)
      throw new ProbeError('model', l10n.t('tokenizer.json has no token for unknown characters.'));
    offer(from, from + single, this.unknown, this.unknownScore);
  }
}

/** The first one or two code units as one number. */
function prefixOf(text: string, at: number): number {
  const second = at + 1 < text.length ? text.charCodeAt(at + 1) + 1 : 0;
  return text.charCodeAt(at) * 0x10001 + second;
}
