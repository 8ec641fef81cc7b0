import { ProbeError } from '../shared/errors';

/** What a field of a tool's input may be. */
export interface InputField {
  kind: 'text' | 'count';
  /** Longest text, in UTF-16 code units. */
  most?: number;
  required?: boolean;
}

type ValueOf<F extends InputField> = F['kind'] extends 'text' ? string : number;

/** Checked fields; absent ones are left out. */
export type Checked<F extends Record<string, InputField>> = { [K in keyof F]?: ValueOf<F[K]> };

const MOST = 100_000;

/**
 * The fields of what a language model has written, checked: VS Code does not hold it to the schema. Fields that nobody
 * asked for are left out. Throws ProbeError.
 */
export function checkedInput<F extends Record<string, InputField>>(input: unknown, fields: F): Checked<F> {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const isAbsent = value === undefined || value === null || value === '';
    if (isAbsent && !field.required) return [];
    return [[name, field.kind === 'text' ? text(name, value, field) : count(name, value)]];
  });
  return Object.fromEntries(entries) as Checked<F>;
}

function text(name: string, value: unknown, { most = MOST, required }: InputField): string {
  if (typeof value === 'string' && value.length <= most && !(required && value.trim() === '')) return value;
  throw new ProbeError('usage', `"${name}" has to be a text of 1 to ${most} characters.`);
}

function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MOST) return value;
  throw new ProbeError('usage', `"${name}" has to be a whole number from 0.`);
}
