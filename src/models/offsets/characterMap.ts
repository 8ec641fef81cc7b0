import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';

const MAX_CACHED = 50_000;

/**
 * The character map inside a SentencePiece model: a double-array trie (as in the Darts library) from UTF-8 keys to
 * zero-terminated UTF-8 replacements. Layout: byte length of the trie as u32, the trie's u32 units, the replacements.
 */
export class CharacterMap {
  private readonly units: Uint32Array;
  private readonly replacements: Buffer;
  private readonly cache = new Map<string, string | null>();

  /** Takes the map in base64. Throws a ProbeError if its parts do not fit together. */
  constructor(base64: string) {
    const bytes = Buffer.from(base64, 'base64');
    const trieBytes = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
    if (trieBytes % 4 !== 0 || trieBytes + 4 > Math.max(4, bytes.length)) {
      throw new ProbeError('model', l10n.t('tokenizer.json holds a damaged character map.'));
    }
    this.units = new Uint32Array(trieBytes / 4);
    for (let index = 0; index < this.units.length; index++)
      this.units[index] = bytes.readUInt32LE(4 + index * 4);
    this.replacements = bytes.subarray(4 + trieBytes);
  }

  /** What a character or grapheme turns into; null if it stays. Its shortest matching prefix decides, as in the library. */
  replacement(text: string): string | null {
    const cached = this.cache.get(text);
    if (cached !== undefined) return cached;
    const start = this.find(Buffer.from(text));
    const end = start === null ? 0 : this.replacements.indexOf(0, start);
    const found =
      start === null
        ? null
        : this.replacements.toString('utf8', start, end < 0 ? this.replacements.length : end);
    if (this.cache.size < MAX_CACHED) this.cache.set(text, found);
    return found;
  }

  private find(key: Buffer): number | null {
    if (this.units.length === 0) return null;
    let position = offsetOf(this.units[0] ?? 0);
    for (const byte of key) {
      if (byte === 0) return null;
      position ^= byte;
      const unit = this.units[position] ?? 0;
      if (position >= this.units.length || (unit & 0x800000ff) !== byte) return null;
      position ^= offsetOf(unit);
      if ((unit >>> 8) & 1) return (this.units[position] ?? 0) & 0x7fffffff;
    }
    return null;
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
