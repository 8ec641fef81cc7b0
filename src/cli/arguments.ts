import { parseArgs } from 'node:util';
import { ProbeError } from '../shared/errors';
import { suggestion } from './nearest';

/** What the command line asks for. */
export type Command =
  | { name: 'help' }
  | { name: 'version' }
  | { name: 'models'; rest: string[] }
  | { name: 'anatomy' | 'attribute' | 'probe' | 'train'; rest: string[] }
  | { name: 'attention'; options: AttentionOptions };

export interface AttentionOptions {
  model: string;
  source: { text: string } | { file: string } | { ids: number[] };
  target?: string;
  targetIds?: number[];
  layer?: number;
  head?: number;
  /** A path, or `-` for standard output; a readable summary is printed if absent. */
  json?: string;
  /** Paths of further exports; `csv` and `svg` take the head or mean that --layer and --head choose. */
  files: Partial<Record<'csv' | 'svg' | 'npz' | 'html', string>>;
  overflow?: 'first' | number;
}

const COMMANDS = ['attention', 'attribute', 'probe', 'anatomy', 'train', 'models', 'help'];
const OPTIONS = {
  model: { type: 'string', short: 'm' },
  text: { type: 'string' },
  file: { type: 'string' },
  ids: { type: 'string' },
  target: { type: 'string' },
  'decoder-ids': { type: 'string' },
  layer: { type: 'string' },
  head: { type: 'string' },
  json: { type: 'string' },
  csv: { type: 'string' },
  svg: { type: 'string' },
  npz: { type: 'string' },
  html: { type: 'string' },
  first: { type: 'boolean' },
  window: { type: 'string' },
  // Takes effect by itself: an analysis never uses the network.
  offline: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;
type Name = keyof typeof OPTIONS;
type Values = Partial<Record<Name, string | boolean>>;

/** Reads the command line. Fails with a `usage` error that says what is wrong with it. */
export function parseCommand(argv: string[]): Command {
  // Their options are their own; see models.ts, anatomy.ts, attribute.ts, probe.ts and train.ts.
  const isHelp = argv.includes('--help') || argv.includes('-h');
  const [first, ...rest] = argv;
  if (hasOwnOptions(first) && !isHelp) return { name: first, rest };
  checkNames(argv);
  const { values, positionals } = parse(argv);
  const [command, ...extra] = positionals;
  if (values.help || command === 'help') return { name: 'help' };
  if (values.version) return { name: 'version' };
  if (command === undefined)
    throw usage('No command is given. Start with: transformer-probe attention --model');
  if (command !== 'attention') {
    throw usage(`There is no command "${command}".${suggestion(command, COMMANDS)} See --help.`);
  }
  if (extra.length > 0)
    throw usage(`"${extra[0]}" belongs to no option. Put text with spaces in quotes; see --help.`);
  return { name: 'attention', options: attentionOptions(values) };
}

const WITH_OWN_OPTIONS = ['models', 'anatomy', 'attribute', 'probe', 'train'] as const;

function hasOwnOptions(name: string | undefined): name is (typeof WITH_OWN_OPTIONS)[number] {
  return (WITH_OWN_OPTIONS as readonly (string | undefined)[]).includes(name);
}

/** Unknown and repeated options, which the strict parser reports less helpfully or not at all. */
function checkNames(argv: string[]): void {
  const { tokens } = parseArgs({ args: argv, options: OPTIONS, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(OPTIONS, token.name)) {
      throw usage(
        `There is no option "${token.rawName}".${suggestion(token.name, Object.keys(OPTIONS), '--')} See --help.`,
      );
    }
    if (seen.has(token.name)) throw usage(`${token.rawName} is given twice.`);
    seen.add(token.name);
  }
}

function parse(argv: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args: argv, options: OPTIONS, strict: true, allowPositionals: true });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw usage(line.replace(/\.?$/, '.') + ' For a value that starts with a dash write --option=-value.');
  }
}

function attentionOptions(values: Values): AttentionOptions {
  const { model, target, json, first, csv, svg, npz, html } = values as Partial<Record<Name, string>>;
  if (!model)
    throw usage('Say which model: --model with a bundled name, a model folder, an .onnx file or a Hub id.');
  atMostOne(values, ['target', 'decoder-ids']);
  atMostOne(values, ['first', 'window']);
  return {
    model,
    source: source(values as Partial<Record<Name, string>>),
    target,
    targetIds: optional(values['decoder-ids'], (list) => idList('decoder-ids', list)),
    layer: optional(values.layer, (value) => count('layer', value)),
    head: optional(values.head, (value) => count('head', value)),
    json,
    files: { csv, svg, npz, html },
    overflow: first ? 'first' : optional(values.window, (value) => count('window', value)),
  };
}

function source(values: Partial<Record<Name, string>>): AttentionOptions['source'] {
  atMostOne(values, ['text', 'file', 'ids']);
  const { text, file, ids } = values;
  if (text !== undefined) return { text };
  if (file !== undefined) return { file };
  if (ids !== undefined) return { ids: idList('ids', ids) };
  throw usage('Say what to analyze: --text TEXT, --file FILE (- for standard input) or --ids 1,2,3.');
}

function atMostOne(values: Values, names: Name[]): void {
  const given = names.filter((name) => values[name] !== undefined);
  if (given.length > 1) throw usage(`${given.map((name) => `--${name}`).join(' and ')} do not go together.`);
}

function optional<T>(value: string | boolean | undefined, read: (value: string) => T): T | undefined {
  return typeof value === 'string' ? read(value) : undefined;
}

function count(name: Name, value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw usage(`--${name} takes a whole number, counted from 0.`);
}

function idList(name: Name, list: string): number[] {
  const ids = list.split(',').map((id) => id.trim());
  if (ids.every((id) => /^\d{1,9}$/.test(id))) return ids.map(Number);
  throw usage(`--${name} takes token ids with commas between them, such as 101,7592,102.`);
}

function usage(message: string): ProbeError {
  return new ProbeError('usage', message);
}
