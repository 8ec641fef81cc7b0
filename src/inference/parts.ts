import * as l10n from '@vscode/l10n';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelFolder } from '../models/folder';
import { findAttention } from '../onnx/attention';
import type { AttentionBlock } from '../onnx/attention';
import { withoutBranches } from '../onnx/branches/flatten';
import type { Graph } from '../onnx/graph';
import { findHeadInput } from '../onnx/headInput';
import { findHiddenStates } from '../onnx/hidden';
import type { HiddenState } from '../onnx/hidden';
import { readSkeleton } from '../onnx/skeleton';
import type { Skeleton } from '../onnx/skeleton';
import { whyUnreadable } from '../onnx/unreadable';
import type { AttentionKind } from '../shared/attention';
import { ProbeError } from '../shared/errors';

export type Role = ModelFolder['graphs'][number]['role'];

/** One graph of a model: a whole model, or the encoder or decoder of one. */
export interface GraphPart {
  role: Role;
  skeleton: Skeleton;
  blocks: AttentionBlock[];
  hidden: HiddenState[];
  /** What a task's head reads; see `findHeadInput`. */
  headInput: string | null;
}

/** Reads a model's graphs and finds the attention in them. */
export async function readParts(folder: ModelFolder, signal?: AbortSignal): Promise<GraphPart[]> {
  const parts: GraphPart[] = [];
  for (const { role, path } of folder.graphs) {
    const skeleton = withoutBranches(await readSkeleton(path, signal));
    const { graph } = skeleton.model;
    checkInputs(path, graph);
    const blocks = findAttention(graph);
    if (blocks.length === 0) throw noAttention(path, skeleton);
    const hidden = findHiddenStates(graph, blocks);
    parts.push({ role, skeleton, blocks, hidden, headInput: findHeadInput(graph) });
  }
  return parts;
}

/** Inputs by which other models than those of text give themselves away, and what goes into them. */
const OTHER_INPUTS: [RegExp, string][] = [
  [/^(input_features|input_values|audio_\w+)$/, 'sound'],
  [/^(pixel_values|pixel_mask|image\w*)$/, 'images'],
  [/^inputs_embeds$/, 'ready-made embeddings'],
];

/** Says at once, and not after a run, that a graph reads something that no text can be turned into. */
function checkInputs(path: string, { inputs }: Graph): void {
  for (const { name } of inputs) {
    const [, what] = OTHER_INPUTS.find(([pattern]) => pattern.test(name)) ?? [];
    if (what === undefined) continue;
    throw new ProbeError(
      'model',
      l10n.t`${basename(path)} reads ${what} ("${name}"), so its attention cannot be had from a text. Choose a model that reads text; transformer-probe anatomy shows what this one is made of.`,
    );
  }
}

/** The kind of a block. `lone` is what the self-attention of a graph with a single stack is. */
export function kindOf(
  { role }: Pick<GraphPart, 'role'>,
  { stack, cross }: { stack: AttentionBlock['stack']; cross?: boolean },
  lone: AttentionKind,
): AttentionKind {
  if (cross) return 'cross';
  if (role !== 'model') return role;
  return stack === 'unknown-self' ? lone : stack;
}

/** Changes when a model's files do. */
export async function stampOf(folder: ModelFolder): Promise<string> {
  const paths = [
    ...folder.graphs.map(({ path }) => path),
    join(folder.directory, 'config.json'),
    ...(folder.tokenizerPath === null ? [] : [folder.tokenizerPath]),
  ];
  const facts = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.map((path, i) => `${path}\0${facts[i]?.size}\0${facts[i]?.mtimeMs}`).join('\n');
}

function noAttention(path: string, { model }: Skeleton): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`No attention can be read from ${basename(path)}. ${whyUnreadable(model)}`,
  );
}
