import { join } from 'node:path';
import {
  assertUnchanged,
  findModel,
  listModels,
  removeModel,
  sentence,
  verifyModel,
} from '../models/hub/cache';
import type { CachedModel } from '../models/hub/cache';
import { HubClient } from '../models/hub/client';
import { fetchModel } from '../models/hub/download';
import type { DownloadPlan } from '../models/hub/download';
import { asPrecision, otherSources } from '../models/hub/files';
import type { Precision } from '../models/hub/files';
import { cacheDirectory } from '../models/hub/layout';
import { amount } from '../models/hub/progress';
import { checkRepoId, checkRevision } from '../models/hub/names';
import { ProbeError } from '../shared/errors';
import { suggestion } from './nearest';
import { parseOptions, usage } from './options';
import { visible, writeTo } from './output';
import { ProgressLine } from './progressLine';
import type { Terminal } from './terminal';

const OPTIONS = {
  offline: { type: 'boolean' },
  json: { type: 'boolean' },
  revision: { type: 'string' },
  precision: { type: 'string' },
  endpoint: { type: 'string' },
  'cache-dir': { type: 'string' },
} as const;

interface Asked {
  id?: string;
  revision?: string;
  precision?: Precision;
  isJson: boolean;
  cacheDir: string;
  terminal: Terminal;
  /** Made when a command needs it: its address may be wrong, which only a fetch has to know. */
  client: () => HubClient;
}

/** What a command has to say: as JSON, and as lines for people. */
interface Answer {
  json: unknown;
  lines: string[];
  /** Throws after the answer is written, where the command's purpose failed. */
  failure?: ProbeError;
}

interface Action {
  id: 'needed' | 'possible' | 'none';
  run: (asked: Asked) => Promise<Answer>;
}

const ACTIONS: Record<string, Action> = {
  list: { id: 'none', run: list },
  fetch: { id: 'needed', run: fetch },
  verify: { id: 'possible', run: verify },
  remove: { id: 'needed', run: remove },
  path: { id: 'needed', run: path },
};

/** `transformer-probe models ...`. Fails with a ProbeError; `usage` says what is wrong with the command line. */
export async function modelsCommand(argv: string[], terminal: Terminal): Promise<void> {
  const { action, asked } = parse(argv, terminal);
  const { json, lines, failure } = await action.run(asked);
  const text = asked.isJson ? [JSON.stringify(json, null, 2)] : lines;
  await writeTo(
    terminal.stdout,
    text.map((line) => `${asked.isJson ? line : visible(line)}\n`),
  );
  if (failure) throw failure;
}

function parse(argv: string[], terminal: Terminal): { action: Action; asked: Asked } {
  const { values, positionals } = parseOptions(argv, OPTIONS, true);
  const [name = '', id, ...rest] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) {
    const hint = suggestion(name, Object.keys(ACTIONS));
    throw usage(`"models" takes one of ${Object.keys(ACTIONS).join(', ')}.${hint}`);
  }
  if (action.id === 'needed' && id === undefined) {
    throw usage(`Say which model: transformer-probe models ${name} owner/name`);
  }
  const extra = action.id === 'none' ? id : rest[0];
  if (extra !== undefined) throw usage(`"${extra}" belongs to no option; see --help.`);
  const { revision, precision, offline, endpoint, json, 'cache-dir': cacheDir } = values;
  const { env } = terminal;
  const client = () => new HubClient({ endpoint, offline, token: env['HF_TOKEN'], env });
  const asked = {
    id: id === undefined ? undefined : checkRepoId(id),
    revision: revision === undefined ? undefined : checkRevision(revision),
    precision: precision === undefined ? undefined : asPrecision(precision),
    isJson: json === true,
    cacheDir: cacheDirectory(cacheDir, env),
    terminal,
    client,
  };
  return { action, asked };
}

async function list({ cacheDir }: Asked): Promise<Answer> {
  const models = await listModels(cacheDir);
  const none = `No models are downloaded to ${cacheDir}. Get one: transformer-probe models fetch Xenova/distilgpt2`;
  return { json: models.map(summary), lines: models.length ? models.map(line) : [none] };
}

async function fetch(asked: Asked): Promise<Answer> {
  const { cacheDir, revision, precision, terminal } = asked;
  const id = idOf(asked);
  const progress = new ProgressLine(terminal.stderr);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    const target = { client: asked.client(), cacheDir };
    const onPlan = (plan: DownloadPlan) => writeTo(terminal.stderr, [`${visible(announcement(plan))}\n`]);
    const options = { signal: stop.signal, onPlan, onProgress: progress.show.bind(progress) };
    const folder = await fetchModel(target, { id, revision, precision }, options);
    return { json: { id, folder }, lines: [folder] };
  } finally {
    process.removeListener('SIGINT', interrupt);
    progress.clear();
  }
}

/** Reads every byte of the models that are named, or of all. */
async function verify(asked: Asked): Promise<Answer> {
  const models = asked.id === undefined ? await listModels(asked.cacheDir) : await named(asked);
  const results: { id: string; commit: string; files: { path: string; state: string }[] }[] = [];
  const lines: string[] = [];
  for (const model of models) {
    const files = await verifyModel(model, true);
    const bad = files.filter(({ state }) => state !== 'ok');
    results.push({ id: model.id, commit: model.commit, files });
    lines.push(...bad.map((state) => `${sentence(state)} of ${model.id}`));
    const name = `${model.id} ${model.commit.slice(0, 8)}`;
    const isWhole = model.precisions.length > 0;
    const found = isWhole ? `${files.length} files are as downloaded` : 'the download is not finished';
    if (bad.length === 0) lines.push(`${name}: ${found}`);
  }
  const bad = results.find(({ files }) => files.some(({ state }) => state !== 'ok'));
  const hint =
    bad && `Files of ${bad.id} have changed. Get them again: transformer-probe models fetch ${bad.id}`;
  return { json: results, lines, failure: hint === undefined ? undefined : new ProbeError('model', hint) };
}

async function remove(asked: Asked): Promise<Answer> {
  let freed = 0;
  const models = await named(asked);
  for (const model of models) freed += await removeModel(model);
  const json = { removed: models.map(({ id, commit }) => ({ id, commit })), freed };
  return { json, lines: [`${idOf(asked)} is removed; ${amount(freed)} are free again`] };
}

/** The model's folder, or the file to open of the precision that is asked for. */
async function path(asked: Asked): Promise<Answer> {
  const { cacheDir, revision, precision } = asked;
  const id = idOf(asked);
  const model = await findModel(cacheDir, id, { revision, precision });
  if (model === null) throw notHere(asked);
  await assertUnchanged(model.folder);
  const graph = precision && model.record?.sets[precision]?.find((name) => name.endsWith('.onnx'));
  const found = graph === undefined ? model.folder : join(model.folder, graph);
  return { json: { ...summary(model), path: found }, lines: [found] };
}

/** The cached models that are meant, unfinished ones too. */
async function named(asked: Asked): Promise<CachedModel[]> {
  const wanted = idOf(asked).toLowerCase();
  const { revision } = asked;
  const models = (await listModels(asked.cacheDir)).filter(
    ({ id, commit, record }) =>
      [id, ...(record?.aliases ?? [])].some((name) => name.toLowerCase() === wanted) &&
      (revision === undefined || commit.startsWith(revision) || record?.revisions.includes(revision)),
  );
  if (models.length === 0) throw notHere(asked);
  return models;
}

function notHere({ id, revision, precision, cacheDir }: Asked): ProbeError {
  const what = [id, revision && `at ${revision}`, precision && `in ${precision}`].filter(Boolean).join(' ');
  return new ProbeError(
    'model',
    `${what} is not in ${cacheDir}. Get it: transformer-probe models fetch ${id}`,
  );
}

function summary({ id, commit, folder, record, bytes, unfinishedBytes, precisions }: CachedModel) {
  const { revisions = [], license = null, host = null, date = null } = record ?? {};
  return { id, commit, revisions, precisions, bytes, unfinishedBytes, license, host, date, folder };
}

function line(model: CachedModel): string {
  const { id, commit, record, bytes, precisions } = model;
  const state = precisions.length ? precisions.join(', ') : 'unfinished';
  const where = [...(record?.revisions ?? []), commit.slice(0, 8)].join(' ');
  return [id.padEnd(40), amount(bytes).padStart(9), state.padEnd(10), where].join('  ').trimEnd();
}

function announcement({ repository, choice, host, bytesToFetch, folder }: DownloadPlan): string {
  const { id, commit, license } = repository;
  const graphs = choice.graphs.map((graph) => graph.path).join(' and ');
  const size = `${amount(choice.bytes)}, ${amount(bytesToFetch)} of them still to fetch`;
  const others = otherSources(choice).map(
    (one) => `${one.files} files of ${one.id} ${one.commit.slice(0, 8)}`,
  );
  const what = [graphs, ...others].join(' with ');
  return `${id} ${commit.slice(0, 8)} (license: ${license ?? 'not stated'}) from ${host}: ${what}, ${size}, to ${folder}`;
}

function idOf({ id }: Asked): string {
  if (id === undefined) throw usage('Say which model: owner/name.');
  return id;
}
