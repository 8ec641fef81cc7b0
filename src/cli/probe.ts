import { mkdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from '../../package.json';
import { bundledModels } from '../models/catalogue';
import { cacheDirectory } from '../models/hub/layout';
import { reportMarkdown } from '../probes/exports';
import { textOf, type AnyProbe, type ProbeContext } from '../probes/probe';
import { allowed, defaultSettings, parseSetting } from '../probes/settings';
import { findProbe, PROBES } from '../probes/table';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import { unmetCondition } from '../shared/fields';
import type { Condition, Settings } from '../shared/probe';
import type { Report } from '../shared/report';
import type { TextSegment } from '../shared/tokens';
import { readInput } from './input';
import { suggestion } from './nearest';
import { parseOptions, usage } from './options';
import { visible, writeFileFrom, writeTo } from './output';
import { reportLines } from './reportText';
import type { Terminal } from './terminal';

const OPTIONS = {
  model: { type: 'string', short: 'm', multiple: true },
  text: { type: 'string' },
  file: { type: 'string' },
  set: { type: 'string', multiple: true },
  json: { type: 'string' },
  markdown: { type: 'boolean' },
  list: { type: 'boolean' },
  all: { type: 'boolean' },
  html: { type: 'string' },
} as const;

interface Asked {
  name: string | undefined;
  models: string[];
  text: string | undefined;
  file: string | undefined;
  set: string[];
  json: string | undefined;
  markdown: boolean;
  list: boolean;
  all: boolean;
  html: string | undefined;
}

/** A probe's result, or why there is none. */
export interface ProbeOutcome {
  probe: AnyProbe;
  settings: Settings;
  /** What it read; null where it reads none. */
  text: string | null;
  /** Wall clock. */
  seconds: number;
  result: unknown;
  report: Report | null;
  error: string | null;
}

/** The command `probe`: runs one probe, lists them, or writes the report of all. */
export async function probeCommand(
  argv: string[],
  inference: Inference,
  bundledDir: string,
  terminal: Terminal,
): Promise<void> {
  const asked = parse(argv);
  if (asked.list) return writeTo(terminal.stdout, listLines());
  const session = { asked, inference, bundledDir, terminal };
  if (asked.all) return runAll(session);
  const probe = named(asked.name);
  const settings = await settingsOf(probe, session);
  const result = await run(probe, settings, await segmentsOf(probe, session), session);
  await write(session, { probe, settings, result, report: probe.report(result, settings) });
}

interface Session {
  asked: Asked;
  inference: Inference;
  bundledDir: string;
  terminal: Terminal;
}

async function runAll(session: Session): Promise<void> {
  const { asked, terminal } = session;
  if (asked.html === undefined) throw usage('--all takes --html with the folder for the report.');
  const outcomes: ProbeOutcome[] = [];
  for (const probe of PROBES) {
    terminal.stderr.write(`${visible(probe.title)}\n`);
    outcomes.push(await attempt(probe, session));
  }
  await mkdir(asked.html, { recursive: true });
  const { reportPage } = await import('./reportHtml');
  const models = await bundledModels(session.bundledDir);
  const facts = { program: `Transformer Probe ${version}`, createdAt: new Date().toISOString(), models };
  await writeFileFrom(join(asked.html, 'index.html'), reportPage(outcomes, facts));
  const failed = outcomes.filter(({ error }) => error !== null).map(({ probe }) => probe.id);
  if (failed.length > 0) throw new ProbeError('runtime', `These probes failed: ${failed.join(', ')}.`);
}

/** One probe's failure does not keep the others out of the report. */
async function attempt(probe: AnyProbe, session: Session): Promise<ProbeOutcome> {
  const started = performance.now();
  const segments = await segmentsOf(probe, session);
  const text = probe.input === 'none' ? null : textOf({ segments });
  const seconds = () => (performance.now() - started) / 1000;
  let settings = defaultSettings(probe.fields);
  try {
    settings = await settingsOf(probe, { ...session, asked: { ...session.asked, set: [], models: [] } });
    const result = await run(probe, settings, segments, session);
    const report = probe.report(result, settings);
    return { probe, settings, text, seconds: seconds(), result, report, error: null };
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return { probe, settings, text, seconds: seconds(), result: null, report: null, error: error.message };
  }
}

async function run(
  probe: AnyProbe,
  settings: Settings,
  segments: TextSegment[],
  { inference, bundledDir, terminal }: Session,
): Promise<unknown> {
  const places = { bundledDir, cacheDir: cacheDirectory(undefined, terminal.env) };
  const context: ProbeContext<unknown> = { machine: { places, memoryBytes: totalmem() } };
  return probe.run(inference, { segments, settings }, context);
}

async function segmentsOf(probe: AnyProbe, { asked, terminal }: Session): Promise<TextSegment[]> {
  if (probe.input === 'none') return [];
  if (asked.text !== undefined) return [{ text: asked.text, offset: 0 }];
  if (asked.file !== undefined) return [(await readInput(asked.file, terminal.stdin)).segment];
  return [{ text: probe.sample ?? '', offset: 0 }];
}

/** Defaults, then --model by family, then --set; an empty model field takes a bundled model of its family. */
async function settingsOf(probe: AnyProbe, session: Session): Promise<Settings> {
  const settings = defaultSettings(probe.fields);
  const given: string[] = [];
  for (const model of session.asked.models) settings[await fieldFor(model, probe, settings, session)] = model;
  for (const entry of session.asked.set) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    settings[name] = parseSetting(name, fieldOf(probe, name), value);
    given.push(name);
  }
  for (const name of given) requireUse(probe, settings, name);
  const bundled = await bundledModels(session.bundledDir);
  for (const [name, field] of Object.entries(probe.fields)) {
    if (field.kind !== 'model' || settings[name] !== '') continue;
    const families = field.usual ? [field.usual] : field.families;
    const fits = bundled.find(({ family }) => !families || (family && families.includes(family)));
    settings[name] = fits?.id ?? '';
  }
  return settings;
}

/** The first model field that still has its default and takes the model's family. */
async function fieldFor(
  model: string,
  probe: AnyProbe,
  settings: Settings,
  { inference }: Session,
): Promise<string> {
  for (const [name, field] of Object.entries(probe.fields)) {
    if (field.kind !== 'model' || settings[name] !== field.default) continue;
    if (!field.families) return name;
    const { facts } = await inference.request('open', { model });
    if (field.families.includes(facts.family)) return name;
  }
  throw usage(`"${probe.id}" has no use for the model "${model}".`);
}

function fieldOf(probe: AnyProbe, name: string) {
  const field = Object.hasOwn(probe.fields, name) ? probe.fields[name] : undefined;
  if (field) return field;
  const names = Object.keys(probe.fields);
  throw usage(
    `"${probe.id}" has no setting "${name}".${suggestion(name, names)} It has: ${names.join(', ') || 'none'}.`,
  );
}

/** A setting that changes nothing is not taken in silence. */
function requireUse({ id, fields }: AnyProbe, settings: Settings, name: string): void {
  const condition = unmetCondition(fields, settings, name);
  if (condition)
    throw usage(`"${name}" changes nothing in "${id}" here: it needs ${conditionText(condition)}.`);
}

/** What another setting has to be for a field to be of use. */
function conditionText({ field, is }: Condition): string {
  return is.map((value) => `${field}=${String(value)}`).join(' or ');
}

type Finished = Pick<ProbeOutcome, 'probe' | 'settings' | 'result' | 'report'>;

async function write({ asked, terminal }: Session, { probe, settings, result, report }: Finished) {
  if (!report) return;
  if (asked.json !== undefined) {
    const text = `${JSON.stringify({ probe: probe.id, settings, result, report }, null, 2)}\n`;
    return asked.json === '-' ? writeTo(terminal.stdout, [text]) : writeFileFrom(asked.json, [text]);
  }
  const lines = asked.markdown ? [reportMarkdown(probe.title, report)] : reportLines(probe.title, report);
  return writeTo(terminal.stdout, lines);
}

function* listLines(): Generator<string> {
  for (const { id, title, summary, fields } of PROBES) {
    yield `${id}\n  ${title}. ${summary}\n`;
    for (const [name, field] of Object.entries(fields)) {
      const needs = field.when ? `; needs ${conditionText(field.when)}` : '';
      yield `    ${name}: ${field.label}; ${allowed(field)}; ${JSON.stringify(field.default)} if absent${needs}\n`;
    }
  }
}

function named(name: string | undefined): AnyProbe {
  const names = PROBES.map(({ id }) => id);
  if (name === undefined) throw usage(`Say which probe: ${names.join(', ')}.`);
  const probe = findProbe(name);
  if (probe) return probe;
  throw usage(`There is no probe "${name}".${suggestion(name, names)} See --list.`);
}

function parse(argv: string[]): Asked {
  // `--json` alone writes to standard output.
  const words = argv.at(-1) === '--json' ? [...argv, '-'] : argv;
  const { values, positionals } = parseOptions(words, OPTIONS, true);
  const [name, extra] = positionals;
  if (extra !== undefined) throw usage(`"${extra}" belongs to no option; see --help.`);
  if (values.text !== undefined && values.file !== undefined)
    throw usage('--text and --file do not go together.');
  if (values.all && name !== undefined) throw usage('--all runs every probe: leave the name out.');
  if (values.html !== undefined && !values.all) throw usage('--html goes with --all.');
  return {
    name,
    models: values.model ?? [],
    text: values.text,
    file: values.file,
    set: values.set ?? [],
    json: values.json,
    markdown: values.markdown ?? false,
    list: values.list ?? false,
    all: values.all ?? false,
    html: values.html,
  };
}
