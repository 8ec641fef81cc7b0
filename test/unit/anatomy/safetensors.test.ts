import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSafetensors, readSharded } from '../../../src/anatomy/safetensors';
import { ProbeError } from '../../../src/shared/errors';
import { jsonHeader, safetensorsHeader } from './build';
import { mutate } from '../../support/mutate';
import { seeded } from '../../support/seeded';
import { MemorySource } from './memorySource';

const TENSORS = {
  'model.embed_tokens.weight': { dtype: 'F32', shape: [4, 2], bytes: 32 },
  'model.norm.weight': { dtype: 'BF16', shape: [2], bytes: 4 },
};
const DATA = 36;

function whole(): Buffer {
  return Buffer.concat([safetensorsHeader(TENSORS, { format: 'pt' }), Buffer.alloc(DATA)]);
}

function read(bytes: Uint8Array) {
  return readSafetensors(new MemorySource('m.safetensors', bytes));
}

async function fails(json: unknown, message: RegExp): Promise<void> {
  const bytes = Buffer.concat([jsonHeader(json), Buffer.alloc(64)]);
  await assert.rejects(read(bytes), (error) => {
    assert(error instanceof ProbeError);
    assert.equal(error.code, 'model');
    assert.match(error.message, message);
    return true;
  });
}

const entry = (start: number, end: number, shape: number[]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('safetensors headers', () => {
  it('reads tensors, metadata and nothing else', async () => {
    const source = new MemorySource('m.safetensors', whole());
    const model = await readSafetensors(source);
    assert.deepEqual(
      model.tensors.map(({ name, shape, dtype, bytes }) => ({ name, shape, dtype, bytes })),
      Object.entries(TENSORS).map(([name, rest]) => ({ name, ...rest })),
    );
    assert.deepEqual(model.metadata, [{ key: 'format', value: 'pt' }]);
    assert.deepEqual(model.problems, []);
    assert.equal(source.readBytes, whole().length - DATA);
  });

  it('reports a file that is cut off, tensor by tensor', async () => {
    const model = await read(whole().subarray(0, -2));
    assert.deepEqual(
      model.tensors.map(({ state }) => state),
      ['whole', 'cut'],
    );
    assert.match(model.problems.join(), /cut off.*1 of 2 tensors/);
    assert.equal(model.files[0]?.expected, whole().length);
  });

  it('refuses headers that lie', async () => {
    await fails({ a: entry(0, 32, [2, 2]) }, /32 bytes, its shape needs 16/);
    await fails({ a: entry(0, 16, [4]), b: entry(8, 24, [4]) }, /overlaps/);
    await fails({ a: entry(0, 16, [2 ** 40, 2 ** 40]) }, /impossible shape/);
    await fails({ a: entry(16, 0, [4]) }, /impossible offsets/);
    await fails({ a: { ...entry(0, 16, [4]), dtype: 'F33' } }, /unknown type "F33"/);
    await fails('{"a":1,"a":2}', /twice|unknown type/);
    await fails(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, /nested deeper/);
    await fails('{"a":', /not valid JSON/);
    await fails('[]', /not a JSON object/);
  });

  it('refuses names that are there twice', async () => {
    const twice = JSON.stringify(entry(0, 16, [4]));
    await fails(`{"a":${twice},"a":${twice}}`, /twice/);
  });

  it('allocates nothing for a header that the file cannot hold', async () => {
    const source = new MemorySource('m.safetensors', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 123]));
    await assert.rejects(readSafetensors(source), /cut off/);
    assert.equal(source.readBytes, 8);
  });

  it('survives 300 mutations', async () => {
    const next = seeded(6);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      try {
        await read(mutate(whole(), whole().length - DATA, next));
      } catch (error) {
        assert(error instanceof ProbeError, `mutation ${i}: ${String(error)}`);
        assert.equal(error.code, 'model');
        refused++;
      }
    }
    assert(refused > 150, `${refused} refused`);
  });
});

describe('sharded safetensors', () => {
  const shards: Record<string, Buffer> = {
    'model-00001-of-00002.safetensors': Buffer.concat([
      safetensorsHeader({ 'a.weight': { dtype: 'F32', shape: [2], bytes: 8 } }),
      Buffer.alloc(8),
    ]),
  };
  const index = (map: unknown) =>
    new MemorySource('model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: map })));
  const open = async (name: string) => {
    const bytes = shards[name];
    return Promise.resolve(bytes ? new MemorySource(name, bytes) : null);
  };

  it('names missing shards and keeps what is there', async () => {
    const map = {
      'a.weight': 'model-00001-of-00002.safetensors',
      'b.weight': 'model-00002-of-00002.safetensors',
    };
    const model = await readSharded(index(map), open);
    assert.deepEqual(
      model.tensors.map(({ name, state }) => [name, state]),
      [
        ['a.weight', 'whole'],
        ['b.weight', 'missing'],
      ],
    );
    assert.deepEqual(
      model.files.map(({ size }) => size === null),
      [false, true],
    );
    assert.match(
      model.problems.join(),
      /model-00002-of-00002\.safetensors is missing, and with it 1 tensors/,
    );
  });

  it('says which tensors a shard lacks', async () => {
    const shard = 'model-00001-of-00002.safetensors';
    const model = await readSharded(index({ 'a.weight': shard, 'c.weight': shard }), open);
    assert.match(model.problems.join(), /lacks 1 of the 2 tensors/);
  });

  it('refuses shards outside of the folder', async () => {
    for (const name of ['../x.safetensors', '/etc/passwd', 'C:\\x', 'a\0b', '']) {
      await assert.rejects(readSharded(index({ a: name }), open), /outside of its folder/);
    }
  });
});
