import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ProbeError } from '../shared/errors';
import { decodeModel } from './decode';
import type { OnnxModel } from './graph';
import { outlineModel } from './outline';
import { notOnnx } from './sniff';
import { FileSource } from './source';
import { checkTensors } from './tensors';
import { WireError } from './wire';

/** A model without its weights. */
export interface Skeleton {
  path: string;
  /** The model's folder: external data is relative to it. */
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
  const directory = dirname(full);
  const file = await open(full, 'r').catch((error: NodeJS.ErrnoException) => {
    throw fail(
      full,
      error.code === 'ENOENT' ? 'there is no such file' : `it cannot be opened (${error.code})`,
    );
  });
  try {
    const source = new FileSource(file, await sizeOf(file), signal);
    await checkHead(source);
    const bytes = await outlineModel(source, basename(full));
    const { model, tensors } = decodeModel(bytes);
    await checkTensors(tensors, directory);
    return { path: full, directory, bytes, model, readBytes: source.readBytes };
  } catch (error) {
    throw error instanceof WireError ? fail(full, error.message) : error;
  } finally {
    await file.close();
  }
}

async function sizeOf(file: FileHandle): Promise<number> {
  const info = await file.stat();
  if (!info.isFile()) throw new WireError('this is not a file; choose the .onnx file itself');
  return info.size;
}

async function checkHead(source: FileSource): Promise<void> {
  const length = Math.min(source.size, 64);
  await source.fill(0, length);
  const reason = notOnnx(source.view(0, length));
  if (reason) throw new WireError(reason);
}

function fail(path: string, reason: string): ProbeError {
  return new ProbeError('model', `${basename(path)}: ${reason}.`);
}
