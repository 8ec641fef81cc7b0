/** Where each code unit of a changed text came from: half-open ranges of the segment's text. */
export interface Alignment {
  starts: Int32Array;
  ends: Int32Array;
}

/**
 * A stretch of text on its way through the tokenizer, tied to the segment's text it came from. Code unit `i` of `text`
 * came from `[start(i), end(i))` of the segment.
 */
export interface Piece {
  text: string;
  /** Null while the text is unchanged: unit `i` then is unit `at + i` of the segment. */
  alignment: Alignment | null;
  /** Index of this piece's first unit in `alignment`, or in the segment. */
  at: number;
  /** Where this piece begins in the segment. */
  origin: number;
  /** Set on pieces that are an added token already. */
  id?: number;
}

export function startOf(piece: Piece, unit: number): number {
  return piece.alignment ? (piece.alignment.starts[piece.at + unit] ?? piece.origin) : piece.at + unit;
}

export function endOf(piece: Piece, unit: number): number {
  return piece.alignment ? (piece.alignment.ends[piece.at + unit] ?? piece.origin) : piece.at + unit + 1;
}

/** The part `[from, to)` of a piece, in code units. */
export function slice(piece: Piece, from: number, to: number, id?: number): Piece {
  const part: Piece = {
    text: piece.text.slice(from, to),
    alignment: piece.alignment,
    at: piece.at + from,
    origin: from < to ? startOf(piece, from) : piece.origin,
  };
  if (id !== undefined) part.id = id;
  return part;
}

/** The same units with other characters: for changes that keep every unit in its place. */
export function respell(piece: Piece, text: string): Piece {
  return { ...piece, text };
}

/** Units of the code point that starts at a unit: 1, or 2 for a surrogate pair. */
export function unitsAt(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}

/**
 * Writes a changed copy of a piece. Follows the alignment rules of the `tokenizers` library: a character either replaces
 * the next character of the source (`change` 0), replaces it and swallows `-change` more, or is inserted (`change` 1)
 * and then shares the place of the source character before it.
 */
export class Rewrite {
  private readonly parts: string[] = [];
  private starts: Int32Array;
  private ends: Int32Array;
  private length = 0;
  private unit = 0;

  constructor(private readonly source: Piece) {
    this.starts = new Int32Array(source.text.length + 16);
    this.ends = new Int32Array(source.text.length + 16);
  }

  /** Keeps everything up to a unit of the source as it is. */
  copy(to: number): void {
    if (to <= this.unit) return;
    this.reserve(to - this.unit);
    for (let unit = this.unit; unit < to; unit++) {
      this.starts[this.length] = startOf(this.source, unit);
      this.ends[this.length++] = endOf(this.source, unit);
    }
    this.parts.push(this.source.text.slice(this.unit, to));
    this.unit = to;
  }

  /** Leaves out the source up to a unit. */
  drop(to: number): void {
    this.unit = Math.max(this.unit, to);
  }

  /** Leaves out the next units of the source. */
  skip(units: number): void {
    this.unit += units;
  }

  /** Writes one character, see the class. */
  put(character: string, change: number): void {
    const { source } = this;
    if (change > 0) {
      const known = this.unit > 0;
      const last = this.unit - 1;
      const first = known && isLowSurrogate(source.text, last) ? last - 1 : last;
      this.write(
        character,
        known ? startOf(source, first) : source.origin,
        known ? endOf(source, last) : source.origin,
      );
      return;
    }
    if (this.unit >= source.text.length) return this.put(character, 1);
    const size = unitsAt(source.text, this.unit);
    this.write(character, startOf(source, this.unit), endOf(source, this.unit + size - 1));
    this.unit += size;
    for (let skip = change; skip < 0 && this.unit < source.text.length; skip++) {
      this.unit += unitsAt(source.text, this.unit);
    }
  }

  /** Keeps the rest and hands out the new piece. */
  finish(): Piece {
    this.copy(this.source.text.length);
    const alignment = {
      starts: this.starts.subarray(0, this.length),
      ends: this.ends.subarray(0, this.length),
    };
    return { text: this.parts.join(''), alignment, at: 0, origin: this.source.origin };
  }

  private write(character: string, start: number, end: number): void {
    this.reserve(character.length);
    for (let unit = 0; unit < character.length; unit++) {
      this.starts[this.length] = start;
      this.ends[this.length++] = end;
    }
    this.parts.push(character);
  }

  private reserve(units: number): void {
    if (this.length + units <= this.starts.length) return;
    const size = Math.max(this.length + units, this.starts.length * 2);
    this.starts = grown(this.starts, size);
    this.ends = grown(this.ends, size);
  }
}

function grown(values: Int32Array, size: number): Int32Array {
  const larger = new Int32Array(size);
  larger.set(values);
  return larger;
}

function isLowSurrogate(text: string, unit: number): boolean {
  const code = text.charCodeAt(unit);
  return code >= 0xdc00 && code <= 0xdfff;
}
