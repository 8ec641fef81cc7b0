import { join } from 'node:path';
import type { ScoreFunction, TaskFacts } from '../shared/tasks';
import type { ModelFolder } from './folder';
import { isRecord, ownValue, readRecord, stringAt } from './json';

const MAX_BYTES = 16 * 2 ** 20;
const MAX_LABEL = 100;

/** Names of a classifier's classes from config.json's `id2label`: class number -> name. */
export async function readLabels({
  directory,
}: Pick<ModelFolder, 'directory'>): Promise<ReadonlyMap<number, string>> {
  const config = await readRecord(join(directory, 'config.json'), MAX_BYTES);
  const labels = ownValue(config, 'id2label');
  if (!isRecord(labels)) return new Map();
  return new Map(
    Object.entries(labels).flatMap(([id, label]): [number, string][] =>
      /^\d{1,9}$/.test(id) && typeof label === 'string' ? [[Number(id), label.slice(0, MAX_LABEL)]] : [],
    ),
  );
}

/** How scores become probabilities, by `problem_type`; null where it does not say. */
const FUNCTIONS: Record<string, ScoreFunction> = {
  multi_label_classification: 'sigmoid',
  single_label_classification: 'softmax',
  regression: 'none',
};

/** What config.json says of the task that a model was trained for. */
export async function readTask(folder: Pick<ModelFolder, 'directory' | 'config'>): Promise<TaskFacts> {
  const config = await readRecord(join(folder.directory, 'config.json'), MAX_BYTES);
  const problem = stringAt(config, 'problem_type') ?? '';
  return {
    architectures: folder.config?.architectures ?? [],
    labels: Object.fromEntries(await readLabels(folder)),
    scores: Object.hasOwn(FUNCTIONS, problem) ? (FUNCTIONS[problem] ?? null) : null,
  };
}
