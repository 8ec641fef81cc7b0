import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { ProbeError } from '../shared/errors';
import { suggestion } from './nearest';

type OptionList = NonNullable<ParseArgsConfig['options']>;

/**
 * Options and other words of a command line. Fails with a `usage` error: an unknown option with the one that was
 * probably meant, a repeated one that is not `multiple`, a missing value, a word that belongs to no option.
 */
export function parseOptions<T extends OptionList>(args: string[], options: T, allowPositionals = false) {
  checkNames(args, options);
  try {
    return parseArgs({ args, options, strict: true, allowPositionals });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    const way = /ambiguous/.test(line)
      ? 'For a value that starts with a dash write --option=-value.'
      : 'See --help.';
    throw usage(`${line.replace(/\.?$/, '.')} ${way}`);
  }
}

/** Unknown and repeated options, which the strict parser reports less helpfully or not at all. */
function checkNames(args: string[], options: OptionList): void {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name)) {
      const meant = suggestion(token.name, Object.keys(options), '--');
      throw usage(`There is no option "${token.rawName}".${meant} See --help.`);
    }
    if (seen.has(token.name) && !options[token.name]?.multiple)
      throw usage(`${token.rawName} is given twice.`);
    seen.add(token.name);
  }
}

/** Fails where more than one of these options is given. */
export function atMostOne<T extends object>(values: T, names: (keyof T & string)[]): void {
  const given = names.filter((name) => values[name] !== undefined);
  if (given.length > 1) throw usage(`${given.map((name) => `--${name}`).join(' and ')} do not go together.`);
}

/** The number that an option gives, if it is given. */
export function wholeNumber<T extends object>(values: T, name: keyof T & string): number | undefined {
  const value: unknown = values[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
  throw usage(`--${name} takes a whole number, counted from 0.`);
}

/** The token ids that an option gives, if it is given. */
export function idList<T extends object>(values: T, name: keyof T & string): number[] | undefined {
  const value: unknown = values[name];
  if (value === undefined) return undefined;
  const ids = String(value)
    .split(',')
    .map((id) => id.trim());
  if (ids.every((id) => /^\d{1,9}$/.test(id))) return ids.map(Number);
  throw usage(`--${name} takes token ids with commas between them, such as 101,7592,102.`);
}

/** What is wrong with a command line. */
export function usage(message: string): ProbeError {
  return new ProbeError('usage', message);
}
