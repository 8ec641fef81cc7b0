import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { chooseGraphs } from '../graphs';
import { nestedFolders } from '../nested';
import type { RepoFile, Repository } from './client';

/** Ending of a precision's file names, by the exporters' custom. */
const SUFFIXES = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;
export type Precision = keyof typeof SUFFIXES;
export const PRECISIONS = Object.keys(SUFFIXES) as Precision[];

/** What is read beside the graphs, where a repository has it. */
const COMPANIONS = [
  'config.json',
  'generation_config.json',
  'genai_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
];

/** The files of a model that one download brings. */
export interface Choice {
  precision: Precision;
  /** Small files first, then the graphs, each with its external data. */
  files: RepoFile[];
  /** The files that are opened as models. */
  graphs: RepoFile[];
  /** Sum of the sizes, in bytes. */
  bytes: number;
}

/** Checks the name of a precision. Throws a ProbeError of code `usage`. */
export function asPrecision(name: string): Precision {
  const found = PRECISIONS.find((each) => each === name);
  if (found) return found;
  throw new ProbeError('usage', l10n.t`There is no precision "${name}". There are ${PRECISIONS.join(', ')}.`);
}

/** The precisions in which a listing holds a whole model, nearest to the trained weights first. */
export function precisionsOf(files: RepoFile[]): Precision[] {
  return PRECISIONS.filter((precision) => graphsOf(files, precision).length > 0);
}

/**
 * Chooses what to download of a repository: the graphs by the same order as opening a folder, their external data, the
 * configuration and the tokenizer. Throws a ProbeError of code `model` that says what there is instead.
 */
export function chooseFiles({ id, files }: Pick<Repository, 'id' | 'files'>, wanted?: Precision): Choice {
  const there = precisionsOf(files);
  const precision = wanted ?? there[0];
  if (precision === undefined) throw noModel(id, files);
  const graphs = graphsOf(files, precision);
  if (graphs.length === 0) {
    const instead = there.length ? l10n.t`It has ${there.join(', ')}.` : noModel(id, files).message;
    throw new ProbeError('model', l10n.t`${id} has no ${precision} model. ${instead}`);
  }
  const folder = folderOf(graphs[0]);
  const chosen = [
    ...companionsIn(files, folder),
    ...graphs.flatMap((graph) => [graph, ...externalData(files, graph)]),
  ];
  return { precision, files: chosen, graphs, bytes: chosen.reduce((sum, { size }) => sum + size, 0) };
}

/** Configuration and tokenizer of a listing, as far as it has them, for graphs in `folder`. */
export function companionsIn(files: RepoFile[], folder = ''): RepoFile[] {
  return COMPANIONS.flatMap((name) => companion(files, name, folder));
}

/** Repositories besides the model's own that a choice takes files from, each with how many. */
export function otherSources({ files }: Choice): { id: string; commit: string; files: number }[] {
  const sources = new Map<string, { id: string; commit: string; files: number }>();
  for (const { from } of files) {
    if (!from) continue;
    const source = sources.get(from.id) ?? { id: from.id, commit: from.commit, files: 0 };
    source.files++;
    sources.set(from.id, source);
  }
  return [...sources.values()];
}

/** Adds files to a choice, those that it has by the same path left out. */
export function plusFiles(choice: Choice, more: RepoFile[]): Choice {
  const there = new Set(choice.files.map(({ path }) => path));
  const files = [...more.filter(({ path }) => !there.has(path)), ...choice.files];
  return { ...choice, files, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** Graphs in `onnx/` before those of the folder itself and of folders below; of one folder and one precision. */
function graphsOf(files: RepoFile[], precision: Precision): RepoFile[] {
  for (const folder of ['onnx', '', ...nestedIn(files)]) {
    const inside = files.filter(
      (file) =>
        folderOf(file) === folder && file.path.endsWith('.onnx') && precisionOf(file.path) === precision,
    );
    const names = inside.map(({ path }) => nameOf(path));
    const isPair =
      names.some((name) => name.startsWith('encoder_')) && names.some((name) => name.startsWith('decoder_'));
    if (names.length === 0) continue;
    const chosen = chosenNames(names, isPair);
    const graphs = inside.filter(({ path }) => chosen.includes(nameOf(path)));
    if (graphs.length > 0) return graphs;
  }
  return [];
}

function chosenNames(names: string[], isPair: boolean): string[] {
  try {
    return chooseGraphs('', names, [], isPair).map(({ path }) => nameOf(path));
  } catch (error) {
    if (error instanceof ProbeError) return [];
    throw error;
  }
}

/** Folders below the top in which a model may be; none where the top or `onnx` holds graphs. */
function nestedIn(files: RepoFile[]): string[] {
  const names = new Map<string, string[]>();
  for (const file of files) {
    const folder = folderOf(file);
    names.set(folder, [...(names.get(folder) ?? []), nameOf(file.path)]);
  }
  const isAbove = ['onnx', ''].some((folder) => names.get(folder)?.some((name) => name.endsWith('.onnx')));
  return isAbove ? [] : nestedFolders([...names].map(([folder, inside]) => ({ folder, names: inside })));
}

/** By the ending of the name, else by the folder, as in `cpu-int4-rtn-block-32/model.onnx`; full precision where neither tells. */
function precisionOf(path: string): Precision {
  const ending = PRECISIONS.find((each) => each !== 'fp32' && path.endsWith(`${SUFFIXES[each]}.onnx`));
  if (ending !== undefined) return ending;
  const folder = path.slice(0, -nameOf(path).length);
  if (/int4|q4/i.test(folder)) return 'q4';
  if (/int8/i.test(folder)) return 'int8';
  return /fp16/i.test(folder) ? 'fp16' : 'fp32';
}

/** Weights outside the graph: `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`. */
function externalData(files: RepoFile[], graph: RepoFile): RepoFile[] {
  const rest = /^(_data(_\d+)?|\.data(\.\d+)?)$/;
  return files.filter(({ path }) => path.startsWith(graph.path) && rest.test(path.slice(graph.path.length)));
}

/** A companion at the top, or in the graphs' folder where the repository keeps it there: a folder below has its own. */
function companion(files: RepoFile[], name: string, folder: string): RepoFile[] {
  const inFolder = `${folder}/${name}`;
  const paths = folder === 'onnx' ? [name, inFolder] : [inFolder, name];
  const found = paths.flatMap((path) => files.filter((file) => file.path === path));
  return found.slice(0, 1);
}

function folderOf(file: RepoFile | undefined): string {
  return file?.path.split('/').slice(0, -1).join('/') ?? '';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function noModel(id: string, files: RepoFile[]): ProbeError {
  const name = id.slice(id.indexOf('/') + 1);
  const has = files.some(({ path }) => path.endsWith('.onnx'))
    ? l10n.t`The ONNX files of ${id} are not laid out as a model (onnx/model.onnx, or encoder_model and decoder_model).`
    : l10n.t`${id} holds no ONNX file.`;
  return new ProbeError(
    'model',
    l10n.t`${has} Look for onnx-community/${name} or Xenova/${name}, or export it: optimum-cli export onnx --model ${id} ${name}.`,
  );
}
