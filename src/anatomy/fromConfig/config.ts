import * as l10n from '@vscode/l10n';
import type { JsonRecord } from '../../models/json';
import { isRecord, listAt, ownValue, stringAt } from '../../models/json';
import { ProbeError } from '../../shared/errors';

const MAX_SIZE = 2 ** 31 - 1;
const MAX_COUNT = 4096;

/**
 * A config.json's values with the defaults of its transformers class, which published files leave out. Values that no
 * model has are a ProbeError that names them.
 */
export class ConfigValues {
  constructor(readonly json: JsonRecord) {}

  /** `model_type`. */
  get type(): string {
    return stringAt(this.json, 'model_type') ?? 'unknown';
  }

  /** First of `architectures`: the class of the checkpoint; empty if it does not say. */
  get class(): string {
    const [first] = listAt(this.json, 'architectures');
    return typeof first === 'string' ? first.slice(0, 200) : '';
  }

  /** True for the bare stack, such as `LlamaModel`, which has no output matrix. */
  get isBare(): boolean {
    return /Model$/.test(this.class) && !/(LMHead|MT|Encoder)Model$/.test(this.class);
  }

  /** A width, vocabulary or length, under any of its keys (`a|b`). */
  size(keys: string, fallback: number): number {
    return this.integer(keys, fallback, 1, MAX_SIZE);
  }

  /** How often something repeats: layers, heads, experts. */
  count(keys: string, fallback: number, least = 1): number {
    return this.integer(keys, fallback, least, MAX_COUNT);
  }

  /** A whole number that may be 0 or negative. */
  integer(keys: string, fallback: number, least = -MAX_SIZE, most = MAX_SIZE): number {
    const value = this.find(keys);
    if (value === undefined) return fallback;
    const [key] = keys.split('|');
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw new ProbeError(
        'model',
        l10n.t`config.json: "${String(key)}" is not a number that a model can have.`,
      );
    }
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = ownValue(this.json, key);
    return typeof value === 'boolean' ? value : fallback;
  }

  text(key: string, fallback: string): string {
    return stringAt(this.json, key) ?? fallback;
  }

  /** A list of strings, also where it is written as one string with `|` between. */
  strings(key: string): string[] {
    const value = ownValue(this.json, key);
    if (typeof value === 'string') return value.toLowerCase().split('|');
    return listAt(this.json, key).filter((item) => typeof item === 'string');
  }

  /** Labels of a classifier: `id2label`'s entries, else `num_labels`, else 2. */
  get labels(): number {
    const names = ownValue(this.json, 'id2label');
    return isRecord(names) ? Object.keys(names).length : this.count('num_labels', 2);
  }

  /** Numbers that have to divide, such as the hidden size by the heads. */
  divide(size: number, parts: number): number {
    if (size % parts === 0) return size / parts;
    throw new ProbeError('model', l10n.t`config.json: ${size} is not divisible by ${parts} heads.`);
  }

  /** Null counts as absent, as in transformers. */
  private find(keys: string): unknown {
    for (const key of keys.split('|')) {
      const value = ownValue(this.json, key);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  }
}
