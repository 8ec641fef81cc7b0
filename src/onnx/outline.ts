import * as l10n from '@vscode/l10n';
import { MAX_DEPTH } from './decode';
import type { FileSource } from './source';
import {
  BYTES,
  bytesHeader,
  MAX_HEADER,
  readHeader,
  stringField,
  VARINT,
  varintField,
  WireError,
} from './wire';

/** Tensors up to this size stay in the skeleton: the runtime needs shapes and axes for shape inference. */
export const KEEP_BYTES = 1024;

/** The most that a skeleton may hold: graph, names and the tensors that are not stored as raw bytes. */
export const MAX_SKELETON_BYTES = 256 * 1024 * 1024;

export type Kind = 'model' | 'training' | 'function' | 'graph' | 'node' | 'attribute' | 'tensor';

/** Which fields of which messages lead to tensors (field numbers of onnx.proto). */
export const LEADS: Record<Kind, Record<number, Kind>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph' },
  tensor: {},
};

const RAW_DATA = 9;
export const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const EXTERNAL = 1;

interface Range {
  start: number;
  end: number;
}

/** A field of the file: header [pos, start), payload [start, end). */
interface Field extends Range {
  number: number;
  type: number;
  pos: number;
}

/** Bytes that grow by doubling, up to MAX_SKELETON_BYTES. */
class Sink {
  private buffer = new Uint8Array(256);
  length = 0;

  append(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
      grown.set(this.bytes());
      this.buffer = grown;
    }
    this.buffer.set(bytes, this.length);
    this.length = needed;
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

/**
 * A model file without its weights: every `raw_data` above 1 KB becomes a reference to the same bytes in the same file
 * (`location`). Everything else is copied as it is, in its order. Throws WireError.
 */
export async function outlineModel(source: FileSource, location: string): Promise<Uint8Array> {
  return new Outline(source, location).message('model', { start: 0, end: source.size }, 0);
}

/**
 * The same of a file that ends too early: everything up to the field that it breaks off in, and the weights that it
 * breaks off in as a reference beyond the end. `expected` is how many bytes the file says it should have.
 */
export async function outlineCut(
  source: FileSource,
  location: string,
): Promise<{ bytes: Uint8Array; expected: number }> {
  const outline = new Outline(source, location, true);
  const bytes = await outline.message('model', { start: 0, end: source.size }, 0);
  return { bytes, expected: outline.expected };
}

class Outline {
  private kept = 0;
  /** Bytes that the file should have, as far as its fields say. */
  expected: number;

  constructor(
    private readonly source: FileSource,
    private readonly location: string,
    private readonly mayBeCut = false,
  ) {
    this.expected = source.size;
  }

  async message(kind: Kind, range: Range, depth: number): Promise<Uint8Array> {
    // Three messages (graph, node, attribute) a graph, and the model around them.
    if (depth > 3 * MAX_DEPTH + 1)
      throw new WireError(l10n.t`its graphs are nested deeper than ${MAX_DEPTH}`);
    if (kind === 'tensor') return this.tensor(range);
    const leads = kind === 'node' && !(await this.leadsToWeights(range)) ? {} : LEADS[kind];
    const sink = new Sink();
    for (let pos = range.start; pos < range.end && !this.isTail(pos, range.end);) {
      const field = this.peek(pos, range.end) ?? (await this.field(pos, range.end));
      if (field.end > range.end && !isWorthCutting(field, leads)) break;
      const inner = field.type === BYTES ? leads[field.number] : undefined;
      if (inner && field.end - field.start > KEEP_BYTES) {
        const whole = { start: field.start, end: Math.min(field.end, range.end) };
        const rewritten = await this.message(inner, whole, depth + 1);
        sink.append(bytesHeader(field.number, rewritten.length));
        sink.append(rewritten);
      } else if (this.source.has(pos, field.end - pos)) {
        this.spend(field.end - pos);
        sink.append(this.source.view(pos, field.end - pos));
      } else {
        await this.copy({ start: pos, end: field.end }, sink);
      }
      pos = field.end;
    }
    return sink.bytes();
  }

  /** Only `Constant` nodes may hold references, as the runtime loads no other attribute's; branches may hold anything. */
  private async leadsToWeights(node: Range): Promise<boolean> {
    let constant = false;
    let branches = false;
    for (let pos = node.start; pos < node.end;) {
      const field = this.peek(pos, node.end) ?? (await this.field(pos, node.end));
      if (field.number === 4) constant = (await this.text(field)) === 'Constant';
      else if (field.number === 5) branches ||= await this.holdsGraph(field);
      pos = field.end;
    }
    return constant || branches;
  }

  private async holdsGraph(attribute: Range): Promise<boolean> {
    for (let pos = attribute.start; pos < attribute.end;) {
      const field = this.peek(pos, attribute.end) ?? (await this.field(pos, attribute.end));
      if (field.number === 6 || field.number === 11) return true;
      pos = field.end;
    }
    return false;
  }

  private async text(field: Field): Promise<string> {
    if (field.end - field.start > 64) return '';
    const sink = new Sink();
    await this.source.pieces(field.start, field.end, (piece) => sink.append(piece));
    return Buffer.from(sink.bytes()).toString('latin1');
  }

  private async tensor(range: Range): Promise<Uint8Array> {
    const kept: Range[] = [];
    const references: Range[] = [];
    let raw: Range | null = null;
    let external = false;
    for (let pos = range.start; pos < range.end && !this.isTail(pos, range.end);) {
      const field = this.peek(pos, range.end) ?? (await this.field(pos, range.end));
      const isLargeRaw = field.number === RAW_DATA && field.end - field.start > KEEP_BYTES;
      if (field.end > range.end && !isLargeRaw) break;
      if (isLargeRaw) raw = field;
      else if (field.number === EXTERNAL_DATA) references.push({ start: pos, end: field.end });
      else if (field.number !== DATA_LOCATION) kept.push({ start: pos, end: field.end });
      else external = (await this.enum(field)) === EXTERNAL;
      pos = field.end;
    }
    const sink = new Sink();
    for (const part of external || !raw ? [...kept, ...references] : kept) await this.copy(part, sink);
    if (external) sink.append(varintField(DATA_LOCATION, EXTERNAL));
    else if (raw) this.refer(raw, sink);
    return sink.bytes();
  }

  private async enum(field: Field): Promise<number> {
    if (field.type !== VARINT) throw new WireError(l10n.t('it holds a field of the wrong kind'));
    if (!this.source.has(field.start, 1)) await this.source.fill(field.start, 1);
    return this.source.view(field.start, 1)[0] as number;
  }

  private refer(raw: Range, sink: Sink): void {
    const entries = {
      location: this.location,
      offset: String(raw.start),
      length: String(raw.end - raw.start),
    };
    for (const [key, value] of Object.entries(entries)) {
      const entry = new Sink();
      entry.append(stringField(1, key));
      entry.append(stringField(2, value));
      sink.append(bytesHeader(EXTERNAL_DATA, entry.length));
      sink.append(entry.bytes());
    }
    sink.append(varintField(DATA_LOCATION, EXTERNAL));
  }

  private async copy(range: Range, sink: Sink): Promise<void> {
    this.spend(range.end - range.start);
    await this.source.pieces(range.start, range.end, (piece) => sink.append(piece));
  }

  private spend(bytes: number): void {
    this.kept += bytes;
    if (this.kept > MAX_SKELETON_BYTES) {
      throw new WireError(
        l10n.t`it keeps more than ${MAX_SKELETON_BYTES / 2 ** 20} MB of weights in fields that cannot be read in place; save it again with raw or external data`,
      );
    }
  }

  /** The field at `pos` if its header is in the window; else null. */
  private peek(pos: number, end: number): Field | null {
    const length = this.source.headerLength(pos, end);
    if (!this.source.has(pos, length)) return null;
    const header = readHeader(this.source.view(pos, length), 0, length);
    const start = pos + header.size;
    if (start + header.length > end) this.checkCut(start + header.length, end);
    return { number: header.number, type: header.type, pos, start, end: start + header.length };
  }

  /** The last bytes of a file that is cut off may be half a field's header. */
  private isTail(pos: number, end: number): boolean {
    return this.mayBeCut && end === this.source.size && end - pos < MAX_HEADER;
  }

  /** A field reaches beyond the end of what holds it: fine for the end of a file that may be cut off. */
  private checkCut(reached: number, end: number): void {
    const isAtEnd = end === this.source.size;
    if (!isAtEnd) throw new WireError(l10n.t('a part reaches beyond its end'));
    if (!this.mayBeCut || !Number.isSafeInteger(reached)) throw new WireError(l10n.t('it is cut off'));
    this.expected = Math.max(this.expected, reached);
  }

  private async field(pos: number, end: number): Promise<Field> {
    await this.source.fill(pos, this.source.headerLength(pos, end));
    return this.peek(pos, end) as Field;
  }
}

/** Of what a file breaks off in, a graph or a large tensor says something; half a node does not. */
function isWorthCutting({ number, type, start, end }: Field, leads: Record<number, Kind>): boolean {
  const inner = type === BYTES ? leads[number] : undefined;
  return (inner === 'graph' || inner === 'tensor') && end - start > KEEP_BYTES;
}
