import * as l10n from '@vscode/l10n';
import { basename } from 'node:path';
import { ProbeError } from '../shared/errors';
import type { Making, TokenAlgorithm } from '../shared/tokenization';
import type { TextSegment, Token, TokenWindow } from '../shared/tokens';
import type { ModelFolder } from './folder';
import { booleanAt, ownValue, type JsonRecord } from './json';
import { makingsOf } from './making';
import { TextAligner, type AlignedToken } from './offsets';
import { createDecoder, type Decoder } from './offsets/decoder';
import { addedCount, layoutOf, type LayoutItem } from './offsets/layout';
import { createPostProcessor, type PostProcessor } from './offsets/postprocess';
import { Spellings } from './offsets/spellings';
import { trimOffsets } from './offsets/trim';
import { joinParts } from './offsets/utf8';
import { readTokenizerJson } from './tokenizerFiles';
import { chooseWindow } from './windows';

/** A model's input. The token ids are what is fed, in order. */
export interface EncodedSegments {
  tokens: Token[];
  /** Segment ids, for models that take them; one a token. */
  typeIds: number[];
}

/** Reads and prepares a model's tokenizer. Throws a ProbeError of code `model` that names the file. */
export async function loadTokenizer(
  folder: Pick<ModelFolder, 'directory' | 'tokenizerPath'>,
): Promise<ProbeTokenizer> {
  const json = await readTokenizerJson(folder);
  const file = basename(folder.tokenizerPath ?? '');
  try {
    return new ProbeTokenizer(json);
  } catch (error) {
    throw aboutSource(error, file === 'vocab.json' ? l10n.t('vocab.json with merges.txt') : file);
  }
}

/** Names the files that a tokenizer was made up from, where there is no tokenizer.json. */
function aboutSource(error: unknown, source: string): ProbeError {
  if (!(error instanceof ProbeError)) {
    return new ProbeError('model', l10n.t`${source} cannot be followed as a tokenizer. Download it again.`);
  }
  return new ProbeError(error.code, error.message.replace('tokenizer.json', source));
}

/**
 * A tokenizer that ties every token to the characters it came from. Ids, offsets, special tokens and type ids are those
 * of the Rust-backed `tokenizers` library, offsets counted in UTF-16 code units of the segment's text.
 */
export class ProbeTokenizer {
  private readonly aligner: TextAligner;
  private readonly postProcessor: PostProcessor;
  private readonly decoder: Decoder;
  private readonly spellings: Spellings;
  /** How characters that the vocabulary lacks are written as bytes; null where they are unknown. */
  readonly bytes: 'alphabet' | 'fallback' | null;
  private newlineIds: number[] | undefined;

  /** Takes the parsed tokenizer.json. Its own `truncation` and `padding` are not applied. */
  constructor(json: JsonRecord) {
    this.aligner = new TextAligner(json);
    this.postProcessor = createPostProcessor(ownValue(json, 'post_processor'));
    this.decoder = createDecoder(ownValue(json, 'decoder'));
    const { model, added } = this.aligner;
    const hasByteTokens = booleanAt(ownValue(json, 'model'), 'byte_fallback', false);
    const isByteLevel = usesByteAlphabet(json);
    this.spellings = new Spellings(model.vocabulary, added, { isByteLevel, hasByteTokens });
    this.bytes = isByteLevel ? 'alphabet' : hasByteTokens ? 'fallback' : null;
  }

  /** Tokens of the segments with special tokens around them, however many. See {@link layoutOf} for several segments. */
  encode(segments: TextSegment[]): EncodedSegments {
    const contents = segments.map(({ text }) => this.contentOf(text));
    return this.assemble(segments, contents, this.layout(segments.length));
  }

  /**
   * Tokens of the segments, at most `limit` of them, special tokens included. If there are more, `overflow` says which to
   * take: the `first` that fit or a sliding window by its number; without it a ProbeError with `TooLong` is thrown. Every
   * window has its special tokens; segments that are wholly outside it are left out.
   */
  fit(
    segments: TextSegment[],
    limit: number | null,
    overflow?: 'first' | number,
  ): EncodedSegments & { window?: TokenWindow } {
    const contents = segments.map(({ text }) => this.contentOf(text));
    const layout = this.layout(segments.length);
    const total = contents.reduce((sum, content) => sum + content.length, 0);
    const size = limit === null ? total : limit - addedCount(layout);
    if (total <= size) return this.assemble(segments, contents, layout);
    if (size < 1) {
      throw new ProbeError(
        'input',
        l10n.t`The model takes ${String(limit)} tokens: too few for so many pieces of text. Select fewer.`,
      );
    }
    const window = chooseWindow(total, size, overflow);
    return { ...this.assembleWindow(segments, contents, window), window };
  }

  /** The text of some ids, special tokens left out. */
  decode(ids: number[]): string {
    return this.tokensOfIds(ids).text;
  }

  /** A readable text for ids that came without one, and the tokens with offsets into it. */
  tokensOfIds(ids: number[]): { text: string; tokens: Token[] } {
    const shown = ids.filter((id) => !this.spellings.isSpecial(id));
    const { text, ranges } = joinParts(
      this.decoder(shown.map((id) => ({ text: this.spellings.known(id) ?? '' }))),
    );
    let next = 0;
    const tokens = ids.map((id) => {
      if (this.spellings.isSpecial(id)) return this.specialToken(id, 0);
      const [start, end] = ranges[next++] ?? [0, 0];
      return this.textToken({ id, start, end }, text, 0);
    });
    return { text, tokens };
  }

  /** The id of a vocabulary entry or added token by its exact spelling; null where there is none. */
  idOf(piece: string): number | null {
    const { model, added } = this.aligner;
    return added.find(({ content }) => content === piece)?.id ?? model.vocabulary.get(piece) ?? null;
  }

  get algorithm(): TokenAlgorithm {
    return this.aligner.model.algorithm;
  }

  /** Number of pieces and added tokens. */
  get size(): number {
    return this.spellings.size;
  }

  /** How the tokens that hold some of the characters [start, end) of a text are made, in the text's order. */
  explain(text: string, start: number, end: number): Making[] {
    return makingsOf(this.aligner, text, [start, end], (id) => ({
      id,
      piece: this.spellings.of(id),
      text: this.spellings.readable(id),
    }));
  }

  private contentOf(text: string): AlignedToken[] {
    const tokens = this.aligner.tokenize(text);
    const { trim } = this.postProcessor;
    if (trim) trimOffsets(tokens, (id) => this.spellings.of(id), trim.addsSpace);
    return tokens;
  }

  private layout(segments: number): LayoutItem[] {
    if (segments > 1) this.newlineIds ??= this.aligner.tokenize('\n').map(({ id }) => id);
    return layoutOf(segments, this.postProcessor, this.newlineIds ?? []);
  }

  private assemble(
    segments: TextSegment[],
    contents: AlignedToken[][],
    layout: LayoutItem[],
  ): EncodedSegments {
    const tokens: Token[] = [];
    const typeIds: number[] = [];
    for (const item of layout) {
      if ('ids' in item) tokens.push(...item.ids.map((id) => this.specialToken(id, item.after)));
      else {
        const text = segments[item.segment]?.text ?? '';
        for (const token of contents[item.segment] ?? [])
          tokens.push(this.textToken(token, text, item.segment));
      }
      while (typeIds.length < tokens.length) typeIds.push(item.type);
    }
    return { tokens, typeIds };
  }

  private assembleWindow(
    segments: TextSegment[],
    contents: AlignedToken[][],
    window: TokenWindow,
  ): EncodedSegments {
    const kept: number[] = [];
    const parts: AlignedToken[][] = [];
    let before = 0;
    contents.forEach((content, segment) => {
      const from = Math.max(0, window.first - before);
      const part = content.slice(from, Math.max(from, window.first + window.count - before));
      before += content.length;
      if (part.length === 0) return;
      kept.push(segment);
      parts.push(part);
    });
    const texts = kept.map((segment) => segments[segment] ?? { text: '', offset: 0 });
    const encoded = this.assemble(texts, parts, this.layout(kept.length));
    return {
      ...encoded,
      tokens: encoded.tokens.map((token) => ({ ...token, segment: kept[token.segment] ?? 0 })),
    };
  }

  private textToken({ id, start, end }: AlignedToken, text: string, segment: number): Token {
    const covered = this.spellings.partial(id) ?? text.slice(start, end);
    const piece = this.spellings.of(id);
    return { id, text: covered === '' ? piece : covered, piece, start, end, special: false, segment };
  }

  private specialToken(id: number, segment: number): Token {
    const piece = this.spellings.of(id);
    const isLineBreak = this.newlineIds?.includes(id) === true && !this.spellings.isSpecial(id);
    return { id, text: isLineBreak ? '\n' : piece, piece, start: 0, end: 0, special: true, segment };
  }
}

/** True if the vocabulary is spelled in GPT-2's alphabet for bytes. */
function usesByteAlphabet(json: JsonRecord): boolean {
  const stages = ['pre_tokenizer', 'normalizer', 'decoder'].map((key) =>
    JSON.stringify(ownValue(json, key) ?? null),
  );
  return stages.some((stage) => stage.includes('"type":"ByteLevel"'));
}
