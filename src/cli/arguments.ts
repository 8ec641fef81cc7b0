import { suggestion } from './nearest';
import { atMostOne, parseOptions, usage, wholeNumber } from './options';
import { TEXT_OPTIONS, textChoice } from './textOptions';
import type { TextChoice } from './textOptions';

/** What the command line asks for. */
export type Command =
  | { name: 'help' }
  | { name: 'version' }
  | { name: 'models'; rest: string[] }
  | { name: 'anatomy' | 'attribute' | 'probe' | 'train'; rest: string[] }
  | { name: 'attention'; options: AttentionOptions };

export interface AttentionOptions extends TextChoice {
  target?: string;
  layer?: number;
  head?: number;
  /** A path, or `-` for standard output; a readable summary is printed if absent. */
  json?: string;
  /** Paths of further exports; `csv` and `svg` take the head or mean that --layer and --head choose. */
  files: Partial<Record<'csv' | 'svg' | 'npz' | 'html', string>>;
}

const COMMANDS = ['attention', 'attribute', 'probe', 'anatomy', 'train', 'models', 'help'];
const OPTIONS = {
  ...TEXT_OPTIONS,
  target: { type: 'string' },
  layer: { type: 'string' },
  head: { type: 'string' },
  csv: { type: 'string' },
  svg: { type: 'string' },
  npz: { type: 'string' },
  html: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** Reads the command line. Fails with a `usage` error that says what is wrong with it. */
export function parseCommand(argv: string[]): Command {
  // Their options are their own; see models.ts, anatomy.ts, attribute.ts, probe.ts and train.ts.
  const isHelp = argv.includes('--help') || argv.includes('-h');
  const [first, ...rest] = argv;
  if (hasOwnOptions(first) && !isHelp) return { name: first, rest };
  const { values, positionals } = parseOptions(argv, OPTIONS, true);
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

function attentionOptions(
  values: ReturnType<typeof parseOptions<typeof OPTIONS>>['values'],
): AttentionOptions {
  const { target, json, csv, svg, npz, html } = values;
  atMostOne(values, ['target', 'decoder-ids']);
  return {
    ...textChoice(values),
    ...{ target, json, files: { csv, svg, npz, html } },
    layer: wholeNumber(values, 'layer'),
    head: wholeNumber(values, 'head'),
  };
}
