import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { HubClient, type HubOptions } from '../../src/models/hub/client';
import { fetchModel, type DownloadOptions, type ModelRequest } from '../../src/models/hub/download';
import { commitFolder } from '../../src/models/hub/layout';
import { ProbeError } from '../../src/shared/errors';
import { StandInHub } from './server';

/** Short pauses, so that tests of failures do not take long. */
export const FAST_RETRY = { tries: 4, baseMs: 1, capMs: 4, longestAskedMs: 3_000 };

export async function startHub(context: TestContext): Promise<StandInHub> {
  const hub = await StandInHub.start();
  context.after(() => hub.stop());
  return hub;
}

export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-test-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A client of the stand-in Hub that knows nothing of this machine's environment. */
export function clientOf(hub: Pick<StandInHub, 'endpoint'>, options: HubOptions = {}): HubClient {
  return new HubClient({ endpoint: hub.endpoint, retry: FAST_RETRY, timeoutMs: 5_000, env: {}, ...options });
}

/** Fetches a model with no other cache to take it from. */
export function fetchFrom(
  client: HubClient,
  cacheDir: string,
  request: ModelRequest,
  options: DownloadOptions = {},
): Promise<string> {
  return fetchModel({ client, cacheDir, hfCaches: [] }, request, options);
}

/** Bytes that look random and are always the same. */
export function noise(seed: string, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let bytes = 0, index = 0; bytes < size; index++) {
    const part = createHash('sha512').update(`${seed} ${index}`).digest();
    parts.push(part);
    bytes += part.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}

/** The files of a small model, with one large file. */
export function smallModel(seed = 'model', size = 50_000): Record<string, Buffer | string> {
  return {
    'config.json': JSON.stringify({ model_type: 'bert', seed }),
    'tokenizer.json': JSON.stringify({ version: '1.0', seed, filler: 'x'.repeat(2000) }),
    'README.md': '# not needed',
    'onnx/model.onnx': noise(seed, size),
  };
}

/** Checks that a folder holds these files, each byte by byte, and no trace of the way they came. */
export async function assertWhole(folder: string, contents: Record<string, Buffer | string>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    if (path === 'README.md') continue;
    assert.ok(
      (await readFile(join(folder, path))).equals(Buffer.from(content)),
      `${path} is as it was served`,
    );
  }
  assert.deepEqual(await traces(folder), []);
}

/** Files that a download leaves when it is not finished. */
export async function traces(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => /\.(partial|lock|takeover|tmp)(\.json)?$/.test(name)).sort();
}

export function folderOfCommit(cacheDir: string, hub: { id: string; branches: Map<string, string> }): string {
  return commitFolder(cacheDir, hub.id, hub.branches.get('main') ?? '');
}

/** The ProbeError that a promise ends in. */
export async function errorOf(promise: Promise<unknown>): Promise<ProbeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProbeError, `ends in a ProbeError, not in ${String(error)}`);
  return error;
}
