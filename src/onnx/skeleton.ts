import * as l10n from '@vscode/l10n';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ProbeError } from '../shared/errors';
import { decodeModel } from './decode';
import type { OnnxModel } from './graph';
import { outlineModel } from './outline';
import { relocate } from './relocate';
import { notOnnx } from './sniff';
import { FileSource } from './source';
import { checkTensors } from './tensors';
import { WeightsFolder } from './weights';
import { WireError } from './wire';

/** A model without its weights. */
export interface Skeleton {
  path: string;
  /** The folder that locations of weights are relative to: where the model file really is, links followed. */
  directory: string;
  /** A ModelProto whose weights are references into the model's own file and its external data files. */
  bytes: Uint8Array;
  model: OnnxModel;
  /** How much of the file was read to make it. */
  readBytes: number;
}

/**
 * Reads a model's graph without its weights: a few MB of reads whatever the file's size. The runtime opens `bytes` with
 * the session option `extra.session.model_external_initializers_file_folder_path` set to `directory`, and maps the
 * weights from where they are.
 *
 * Throws ProbeError `model` if the file is not a model, is damaged or incomplete, or if its weights files are; its graph
 * and inline tensors may take 256 MB.
 */
export async function readSkeleton(path: string, signal?: AbortSignal): Promise<Skeleton> {
  const full = resolve(path);
  const real = await realpath(full).catch((error) => unopened(full, error));
  // Asked before opening, because opening a pipe waits for ever.
  if (!(await stat(real)).isFile())
    throw fail(full, l10n.t('this is not a file; choose the .onnx file itself'));
  const file = await open(real, 'r').catch((error) => unopened(full, error));
  try {
    const source = new FileSource(file, (await file.stat()).size, signal);
    return { path: full, ...(await readFrom(source, new WeightsFolder(full, real))) };
  } catch (error) {
    throw error instanceof WireError ? fail(full, error.message) : error;
  } finally {
    await file.close();
  }
}

async function readFrom(source: FileSource, folder: WeightsFolder): Promise<Omit<Skeleton, 'path'>> {
  await checkHead(source);
  const bytes = await outlineModel(source, folder.own);
  const decoded = decodeModel(bytes);
  await checkTensors(decoded.tensors, folder);
  const moved = folder.moved();
  const { directory } = folder;
  const { readBytes } = source;
  if (moved.size === 0) return { directory, bytes, model: decoded.model, readBytes };
  const relocated = relocate(bytes, moved);
  return { directory, bytes: relocated, model: decodeModel(relocated).model, readBytes };
}

async function checkHead(source: FileSource): Promise<void> {
  const length = Math.min(source.size, 64);
  await source.fill(0, length);
  const reason = notOnnx(source.view(0, length));
  if (reason) throw new WireError(reason);
}

function unopened(path: string, error: NodeJS.ErrnoException): never {
  throw fail(
    path,
    error.code === 'ENOENT'
      ? l10n.t('there is no such file')
      : l10n.t`it cannot be opened (${String(error.code)})`,
  );
}

function fail(path: string, reason: string): ProbeError {
  return new ProbeError('model', `${basename(path)}: ${reason}.`);
}
