import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSource } from '../../../src/anatomy/open';
import type { ByteSource } from '../../../src/anatomy/source';
import { openLocal } from '../../../src/anatomy/source';
import type { LargeFile } from './large';
import { largeGguf, largeOnnx, largeSafetensors } from './large';
import { noSiblings } from './memorySource';

const MAX_READ = 5_000_000;

/** A local file that counts what is read of it. */
function counted(source: ByteSource): ByteSource & { readBytes: number } {
  return {
    name: source.name,
    size: source.size,
    readBytes: 0,
    async read(offset, length, signal) {
      this.readBytes += length;
      return source.read(offset, length, signal);
    },
    close: () => source.close(),
  };
}

describe('files of gigabytes', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'anatomy-large-'));
  });
  after(() => rm(folder, { recursive: true }));

  const makers: [string, (folder: string) => Promise<LargeFile>, number][] = [
    ['safetensors', largeSafetensors, 4e9],
    ['GGUF', largeGguf, 5e9],
    ['ONNX', largeOnnx, 1.6e9],
  ];
  for (const [format, make, least] of makers) {
    it(`opens a ${format} file with less than 5 MB read`, async () => {
      const large = await make(folder);
      assert((await stat(large.path)).size >= least);
      const source = counted(await openLocal(large.path));
      const { anatomy, close } = await openSource(source, noSiblings);
      await close();
      assert.equal(anatomy.parameters, large.parameters);
      assert.deepEqual(anatomy.problems, []);
      assert(source.readBytes < MAX_READ, `${source.readBytes} bytes read`);
      assert(anatomy.components.some(({ count = 0 }) => count >= 24));
    });
  }
});
