import { CATALOGUE, shortName } from '../anatomy/catalogue';
import { compareArchitectures, diffStructure } from '../anatomy/compare';
import { findAnatomy } from '../anatomy/find';
import { openModel } from '../anatomy/open';
import { diffLines, markdownLines, treeLines } from '../anatomy/text';
import { HubClient } from '../models/hub/client';
import { cacheDirectory } from '../models/hub/layout';
import { RemoteRepository } from '../models/hub/remote';
import { asHubId } from '../models/opening';
import type { Anatomy } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import { suggestion } from './nearest';
import { parseOptions, usage } from './options';
import { visible, writeFileFrom, writeTo } from './output';
import type { Terminal } from './terminal';

const OPTIONS = {
  json: { type: 'string' },
  markdown: { type: 'boolean' },
  diff: { type: 'string' },
} as const;

interface Asked {
  model: string;
  other: string | null;
  /** A path or `-`; null for text. */
  json: string | null;
  markdown: boolean;
}

/**
 * `transformer-probe anatomy MODEL`: what a model is made of, from a file's header, a folder, a downloaded model, or the
 * catalogue. Fails with a ProbeError; `usage` says what is wrong with the command line.
 */
export async function anatomyCommand(argv: string[], bundledDir: string, terminal: Terminal): Promise<void> {
  const asked = parse(argv);
  const anatomy = await find(asked.model, bundledDir, terminal);
  const other = asked.other === null ? null : await find(asked.other, bundledDir, terminal);
  if (asked.json !== null) {
    const pieces = [`${JSON.stringify(toJson(anatomy, other), null, 2)}\n`];
    return asked.json === '-' ? writeTo(terminal.stdout, pieces) : writeFileFrom(asked.json, pieces);
  }
  const lines = other ? sideBySide(anatomy, other, asked.markdown) : alone(anatomy, asked.markdown);
  await writeTo(terminal.stdout, withEnds(lines));
}

function* withEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${visible(line)}\n`;
}

function alone(anatomy: Anatomy, markdown: boolean): Iterable<string> {
  return markdown ? markdownLines(anatomy, compareArchitectures([anatomy])) : treeLines(anatomy);
}

function sideBySide(left: Anatomy, right: Anatomy, markdown: boolean): Iterable<string> {
  const rows = compareArchitectures([left, right]);
  return diffLines([left.name, right.name], rows, diffStructure(left, right), markdown);
}

function toJson(anatomy: Anatomy, other: Anatomy | null): unknown {
  if (!other) return anatomy;
  return {
    ...anatomy,
    other,
    architecture: compareArchitectures([anatomy, other]),
    diff: diffStructure(anatomy, other),
  };
}

function parse(argv: string[]): Asked {
  const { values, positionals } = parseOptions(withJsonValue(argv), OPTIONS, true);
  const [model, extra] = positionals;
  if (!model) throw usage('Say which model: transformer-probe anatomy with a file, a folder or a name.');
  if (extra !== undefined) throw usage(`"${extra}" belongs to no option; see --help.`);
  const json = values.json === undefined || values.json === 'none' ? null : values.json;
  if (json !== null && values.markdown) throw usage('--json and --markdown do not go together.');
  return { model, other: values.diff ?? null, json, markdown: values.markdown ?? false };
}

/** `--json` alone, at the end or before another option, writes to standard output. */
function withJsonValue(argv: string[]): string[] {
  return argv.flatMap((word, i) => {
    const next = argv[i + 1];
    const isAlone = word === '--json' && (next === undefined || /^--./.test(next));
    return isAlone
      ? ['--json=-']
      : word === '--json' && next === '-'
        ? ['--json=-']
        : isDashOf(argv, i)
          ? []
          : [word];
  });
}

/** The `-` behind `--json`, which has been joined to it. */
function isDashOf(argv: readonly string[], i: number): boolean {
  return argv[i] === '-' && argv[i - 1] === '--json';
}

/** A model that is here or well known, or else one of the Hub. */
async function find(name: string, bundledDir: string, terminal: Terminal): Promise<Anatomy> {
  const places = { bundledDir, cacheDir: cacheDirectory(undefined, terminal.env) };
  const found = await findAnatomy(name, places);
  if (found) return found;
  const id = asHubId(name);
  if (id === null) throw notFound(name);
  return ofRepository(id, terminal);
}

/** Reads the headers of a repository's files where they are. */
async function ofRepository(id: string, { env }: Terminal): Promise<Anatomy> {
  const client = new HubClient({ token: env['HF_TOKEN'], env });
  const opened = await openModel(await RemoteRepository.open(client, id), null);
  await opened.close();
  return opened.anatomy;
}

function notFound(name: string): ProbeError {
  const names = CATALOGUE.flatMap(({ id }) => [id, shortName(id)]);
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return new ProbeError(
    'model',
    `There is no file, folder, downloaded model or model of the catalog "${shown}".${suggestion(name, names)}`,
  );
}
