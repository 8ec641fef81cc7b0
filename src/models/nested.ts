import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder of a repository or on the disk, by its path from the top with forward slashes, and the names in it. */
export interface Listed {
  folder: string;
  names: string[];
}

const MAX_DEPTH = 3;
const MAX_FOLDERS = 200;

/** Written by onnxruntime-genai beside its models. */
export const GENAI_CONFIG = 'genai_config.json';

/** Builds for hardware that this program does not run on. */
const ACCELERATED =
  /cuda|gpu|directml|(^|[\W_])dml|webgpu|npu|qnn|openvino|tensorrt|migraphx|rocm|vitis|coreml/i;

/**
 * Where the graphs are, in a model whose top and whose `onnx` folder hold none: the folder that onnxruntime-genai wrote
 * for the CPU, such as `cpu_and_mobile/cpu-int4-rtn-block-32`, or the only folder with graphs. In the order in which
 * they are to be tried; empty where several folders hold graphs and nothing tells them apart.
 */
export function nestedFolders(folders: Listed[]): string[] {
  const withGraphs = folders.filter(
    ({ folder, names }) => folder !== '' && folder !== 'onnx' && names.some((name) => name.endsWith('.onnx')),
  );
  const genai = withGraphs.filter(({ names }) => names.includes(GENAI_CONFIG));
  const candidates = (genai.length > 0 || withGraphs.length === 1 ? [genai, withGraphs] : []).find(
    (each) => each.length > 0,
  );
  return (candidates ?? []).map(({ folder }) => folder).sort(byFitness);
}

function byFitness(a: string, b: string): number {
  const depth = (folder: string) => folder.split('/').length;
  const isFast = (folder: string) => Number(ACCELERATED.test(folder));
  return isFast(a) - isFast(b) || depth(a) - depth(b) || (a < b ? -1 : 1);
}

/** The folder below `root` whose graphs are to be run; null where there is none. */
export async function findNested(root: string): Promise<string | null> {
  const listed: Listed[] = [];
  await listBelow(root, '', listed);
  const [first] = nestedFolders(listed);
  return first === undefined ? null : join(root, first);
}

async function listBelow(root: string, folder: string, listed: Listed[]): Promise<void> {
  if (listed.length >= MAX_FOLDERS) return;
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  listed.push({ folder, names: entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name) });
  if (folder.split('/').length > MAX_DEPTH) return;
  for (const entry of entries) {
    const isModels = entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
    if (isModels) await listBelow(root, folder === '' ? entry.name : `${folder}/${entry.name}`, listed);
  }
}
