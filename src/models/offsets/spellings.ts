import type { AddedToken } from './addedTokens';
import { byteOf } from './bytes';
import { decodeCharacters } from './utf8';
import type { Vocabulary } from './vocabulary';

const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/;

/** What a vocabulary's ids are called. */
export class Spellings {
  private readonly names = new Map<number, string>();
  private readonly special = new Set<number>();
  private readonly addedIds: ReadonlySet<number>;
  private readonly partials = new Map<number, string | null>();

  constructor(
    vocabulary: Vocabulary,
    added: AddedToken[],
    private readonly kind: { isByteLevel: boolean; hasByteTokens: boolean },
  ) {
    for (const [piece, id] of vocabulary) if (!this.names.has(id)) this.names.set(id, piece);
    this.addedIds = new Set(added.map(({ id }) => id));
    for (const { id, content, special } of added) {
      this.names.set(id, content);
      this.partials.set(id, null);
      if (special) this.special.add(id);
    }
  }

  /** The vocabulary's spelling; `#id` for an id that it lacks. */
  of(id: number): string {
    return this.names.get(id) ?? `#${id}`;
  }

  known(id: number): string | undefined {
    return this.names.get(id);
  }

  /** Pieces and added tokens. */
  get size(): number {
    return this.names.size;
  }

  isSpecial(id: number): boolean {
    return this.special.has(id);
  }

  /** How to show a token that holds less than whole characters: bytes as `\xF0`. Null for all others. */
  partial(id: number): string | null {
    const cached = this.partials.get(id);
    if (cached !== undefined) return cached;
    const found = this.findPartial(this.of(id));
    this.partials.set(id, found);
    return found;
  }

  /** What an id stands for by itself, to be read by people: the characters of byte spellings, other spellings as they are. */
  readable(id: number): string {
    const partial = this.partial(id);
    if (partial !== null) return partial;
    const piece = this.of(id);
    const byte = this.kind.hasByteTokens ? BYTE_TOKEN.exec(piece)?.[1] : undefined;
    if (byte !== undefined) return String.fromCharCode(parseInt(byte, 16));
    const bytes = this.kind.isByteLevel && !this.addedIds.has(id) ? [...piece].map(byteOf) : [undefined];
    if (!bytes.every((one) => one !== undefined)) return piece;
    return decodeCharacters(bytes)
      .map(({ character }) => character ?? '')
      .join('');
  }

  private findPartial(piece: string): string | null {
    const byte = this.kind.hasByteTokens ? BYTE_TOKEN.exec(piece)?.[1] : undefined;
    if (byte !== undefined) return parseInt(byte, 16) < 0x80 ? null : `\\x${byte}`;
    if (!this.kind.isByteLevel) return null;
    const bytes = [...piece].map((character) => byteOf(character) ?? -1);
    if (bytes.includes(-1)) return null;
    const characters = decodeCharacters(bytes);
    if (characters.every(({ character }) => character !== null)) return null;
    let at = 0;
    return characters
      .map(({ character, bytes: size }) => {
        const first = bytes[at] ?? 0;
        at += size;
        return character ?? `\\x${first.toString(16).toUpperCase()}`;
      })
      .join('');
  }
}
