import * as l10n from '@vscode/l10n';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFolder } from '../../models/folder';
import { isRecord } from '../../models/json';
import { standaloneClassifier } from '../../onnx/classifier/standalone';
import { ProbeError } from '../../shared/errors';
import type { Head } from './head';
import type { PreparedModel, Weights } from './prepared';

/** Files of a tokenizer that a model folder may have. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
];

/**
 * Throws ProbeError `usage` unless a model may be written there: in a folder that is new, empty, or one that a model was
 * saved in before.
 */
export async function checkTarget(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ProbeError(
      'usage',
      l10n.t`The folder to save the model in cannot be read (${String(error.code)}).`,
    );
  });
  const own = new Set([...TOKENIZER_FILES, 'config.json', 'onnx']);
  if (entries.every((name) => own.has(name))) return;
  throw new ProbeError(
    'usage',
    l10n.t('The folder to save the model in has other files. Choose an empty one.'),
  );
}

export interface SavedModel {
  weights: Weights;
  head: Head;
  labels: string[];
}

/**
 * Writes a fine-tuned model as a folder in the Hub's layout: onnx/model.onnx with all its weights and the classifier,
 * config.json with the labels, and the tokenizer. The graph appears last and whole.
 */
export async function saveModel(
  { facts }: PreparedModel,
  folder: ModelFolder,
  { weights, head, labels }: SavedModel,
  directory: string,
): Promise<void> {
  const tensors = facts.parameters.map(({ name, dims }, i) => ({
    ...{ name, dims },
    data: weights[i] as Float32Array,
  }));
  const bytes = standaloneClassifier(facts.model, facts.directory, tensors, head);
  const graph = join(directory, 'onnx', 'model.onnx');
  try {
    await mkdir(join(directory, 'onnx'), { recursive: true });
    await rm(graph, { force: true });
    await copyTokenizer(folder.directory, directory);
    const config = await classifierConfig(folder.directory, labels);
    await writeFile(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
    await writeFile(`${graph}.part`, bytes);
    await rename(`${graph}.part`, graph);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ProbeError(
      'runtime',
      l10n.t`The fine-tuned model cannot be saved (${code}). Choose another folder.`,
    );
  }
}

async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of TOKENIZER_FILES) {
    await copyFile(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** The checkpoint's config.json with the class of a sequence classifier and its labels. */
async function classifierConfig(directory: string, labels: string[]): Promise<Record<string, unknown>> {
  const text = await readFile(join(directory, 'config.json'), 'utf8').catch(() => '{}');
  const config: unknown = JSON.parse(text);
  const known = isRecord(config) ? config : {};
  const [name] = Array.isArray(known['architectures']) ? (known['architectures'] as unknown[]) : [];
  const classifier =
    typeof name === 'string'
      ? name.replace(/(For\w+|Model|LMHeadModel)$/, 'ForSequenceClassification')
      : null;
  return {
    ...known,
    ...(classifier !== null && { architectures: [classifier] }),
    id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    problem_type: 'single_label_classification',
  };
}
