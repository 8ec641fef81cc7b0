import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { booleanAt, listAt, ownValue, stringAt } from '../json';
import { NumberHeap } from './heap';
import { PairTable } from './pairTable';
import { unitsAt } from './piece';
import {
  byteTokens,
  readVocabulary,
  type ModelToken,
  type OnStep,
  type TokenModel,
  type Vocabulary,
} from './vocabulary';

/** Heap keys are `rank * POSITIONS + position`, both exact in a double. */
const POSITIONS = 2 ** 24;
const MAX_CACHED = 20_000;
const MAX_CACHED_LENGTH = 64;

interface Options {
  prefix: string;
  suffix: string;
  unknown: number | undefined;
  fuseUnknown: boolean;
  byteFallback: boolean;
}

/**
 * Byte-pair encoding: characters, then the merge of lowest rank, again and again (Sennrich et al. 2016,
 * https://arxiv.org/abs/1508.07909). O(n log n) in the length of a pre-token.
 */
export function createBpe(config: unknown): TokenModel {
  const vocabulary = readVocabulary(ownValue(config, 'vocab'));
  const options: Options = {
    prefix: stringAt(config, 'continuing_subword_prefix') ?? '',
    suffix: stringAt(config, 'end_of_word_suffix') ?? '',
    unknown: vocabulary.get(stringAt(config, 'unk_token') ?? ''),
    fuseUnknown: booleanAt(config, 'fuse_unk', false),
    byteFallback: booleanAt(config, 'byte_fallback', false),
  };
  const merges = readMerges(listAt(config, 'merges'), vocabulary, options.prefix);
  const ignoreMerges = booleanAt(config, 'ignore_merges', false);
  const cache = new Map<string, ModelToken[]>();

  const tokenize = (text: string, onStep?: OnStep): ModelToken[] => {
    const whole = ignoreMerges ? vocabulary.get(text) : undefined;
    if (whole !== undefined) return [{ id: whole, from: 0, to: text.length }];
    const cached = onStep ? undefined : cache.get(text);
    if (cached) return cached;
    const symbols = symbolsOf(text, vocabulary, options);
    for (const symbol of symbols) onStep?.({ kind: 'symbol', ...symbol });
    const tokens = merge(symbols, merges, onStep);
    if (text.length <= MAX_CACHED_LENGTH && cache.size < MAX_CACHED) cache.set(text, tokens);
    return tokens;
  };
  return { algorithm: 'BPE', vocabulary, tokenize };
}

function readMerges(merges: unknown[], vocabulary: Vocabulary, prefix: string): PairTable {
  const table = new PairTable(merges.length);
  merges.forEach((entry, rank) => {
    const [left, right] = Array.isArray(entry) ? (entry as unknown[]) : halves(entry);
    if (typeof left !== 'string' || typeof right !== 'string') throw brokenMerge();
    const first = vocabulary.get(left);
    const second = vocabulary.get(right);
    const merged = vocabulary.get(left + right.slice(prefix.length));
    if (first === undefined || second === undefined || merged === undefined) throw brokenMerge();
    table.set(first, second, rank, merged);
  });
  return table;
}

/** The Rust-backed library refuses such a file, too. */
function brokenMerge(): ProbeError {
  return new ProbeError(
    'model',
    l10n.t('tokenizer.json has a merge of pieces that are not in its vocabulary. Download it again.'),
  );
}

function halves(entry: unknown): [string, string] | [] {
  if (typeof entry !== 'string') return [];
  const space = entry.indexOf(' ');
  return space < 0 ? [] : [entry.slice(0, space), entry.slice(space + 1)];
}

/** One symbol a character; characters that the vocabulary lacks as bytes, else as the unknown token, else left out. */
function symbolsOf(text: string, vocabulary: Vocabulary, options: Options): ModelToken[] {
  const symbols: ModelToken[] = [];
  let unknown: ModelToken | null = null;
  for (let from = 0; from < text.length;) {
    const to = from + unitsAt(text, from);
    const spelling =
      (from > 0 ? options.prefix : '') + text.slice(from, to) + (to >= text.length ? options.suffix : '');
    const id = vocabulary.get(spelling);
    const bytes = id === undefined && options.byteFallback ? byteTokens(vocabulary, spelling) : null;
    if (id !== undefined) {
      symbols.push({ id, from, to });
      unknown = null;
    } else if (bytes) {
      symbols.push(...bytes.map((byte) => ({ id: byte, from, to })));
      unknown = null;
    } else if (unknown && options.fuseUnknown) {
      unknown.to = to;
    } else if (options.unknown !== undefined) {
      unknown = { id: options.unknown, from, to };
      symbols.push(unknown);
    }
    from = to;
  }
  return symbols;
}

function merge(symbols: ModelToken[], merges: PairTable, onStep?: OnStep): ModelToken[] {
  if (symbols.length < 2) return symbols;
  const count = symbols.length;
  const ids = Int32Array.from(symbols, ({ id }) => id);
  const next = Int32Array.from(symbols, (_, index) => index + 1);
  const previous = Int32Array.from(symbols, (_, index) => index - 1);
  const queue = new NumberHeap();
  const idAt = (index: number) => ids[index] ?? -1;
  const offer = (left: number) => {
    const right = next[left] ?? count;
    if (left < 0 || right >= count) return;
    const rank = merges.rank(idAt(left), idAt(right));
    if (rank >= 0) queue.push(rank * POSITIONS + left);
  };
  for (let index = 0; index < count - 1; index++) offer(index);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const left = key % POSITIONS;
    const right = next[left] ?? count;
    const isCurrent = idAt(left) >= 0 && right < count;
    if (!isCurrent || merges.rank(idAt(left), idAt(right)) !== Math.floor(key / POSITIONS)) continue;
    ids[left] = merges.merged(idAt(left), idAt(right));
    ids[right] = -1;
    const after = next[right] ?? count;
    next[left] = after;
    if (after < count) previous[after] = left;
    onStep?.({
      kind: 'merge',
      left,
      rank: Math.floor(key / POSITIONS),
      ...spanOf(symbols, ids, left, after),
    });
    offer(previous[left] ?? -1);
    offer(left);
  }
  return collect(symbols, ids, next);
}

/** What is at symbol `left`, up to the symbol `after`. */
function spanOf(symbols: ModelToken[], ids: Int32Array, left: number, after: number): ModelToken {
  return { id: ids[left] ?? 0, from: symbols[left]?.from ?? 0, to: symbols[after - 1]?.to ?? 0 };
}

function collect(symbols: ModelToken[], ids: Int32Array, next: Int32Array): ModelToken[] {
  const tokens: ModelToken[] = [];
  for (let index = 0; index < symbols.length; index = next[index] ?? symbols.length) {
    tokens.push(spanOf(symbols, ids, index, next[index] ?? symbols.length));
  }
  return tokens;
}
