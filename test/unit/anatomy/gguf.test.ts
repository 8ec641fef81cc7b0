import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assemble } from '../../../src/anatomy/assemble';
import { readGguf } from '../../../src/anatomy/gguf';
import { ProbeError } from '../../../src/shared/errors';
import { ggufHeader } from './build';
import { mutate } from '../../support/mutate';
import { seeded } from '../../support/seeded';
import { MemorySource } from './memorySource';

const KEYS = {
  'general.architecture': 'llama',
  'llama.block_count': 1,
  'llama.attention.head_count': 4,
  'tokenizer.ggml.tokens': { type: 8, items: Array.from({ length: 40 }, (_, i) => `token${i}`) },
  'tokenizer.ggml.token_type': { type: 4, items: Array.from({ length: 40 }, () => 1) },
};
const TENSORS = [
  { name: 'token_embd.weight', shape: [40, 64], type: 0, offset: 0 },
  { name: 'blk.0.attn_q.weight', shape: [64, 64], type: 8, offset: 10240 },
  { name: 'blk.0.attn_norm.weight', shape: [64], type: 0, offset: 14592 },
  { name: 'blk.0.ffn_up.weight', shape: [128, 64], type: 2, offset: 14848 },
  { name: 'blk.0.ffn_down.weight', shape: [64, 128], type: 2, offset: 19456 },
  { name: 'output_norm.weight', shape: [64], type: 0, offset: 24064 },
];
const DATA = 24064 + 256;

function whole(keys: Parameters<typeof ggufHeader>[0] = KEYS, tensors = TENSORS): Buffer {
  return Buffer.concat([ggufHeader(keys, tensors), Buffer.alloc(DATA)]);
}

const read = (bytes: Uint8Array) => readGguf(new MemorySource('m.gguf', bytes));

async function fails(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(read(bytes), (error) => {
    assert(error instanceof ProbeError && error.code === 'model');
    assert.match(error.message, message);
    return true;
  });
}

describe('GGUF headers', () => {
  it('reads keys, shapes in PyTorch order, and sizes of blocks', async () => {
    const model = await read(whole());
    assert.deepEqual(
      model.tensors.map(({ name, shape, dtype, bytes }) => [name, shape, dtype, bytes]),
      [
        ['token_embd.weight', [40, 64], 'F32', 10240],
        ['blk.0.attn_q.weight', [64, 64], 'Q8_0', 4352],
        ['blk.0.attn_norm.weight', [64], 'F32', 256],
        ['blk.0.ffn_up.weight', [128, 64], 'Q4_0', 4608],
        ['blk.0.ffn_down.weight', [64, 128], 'Q4_0', 4608],
        ['output_norm.weight', [64], 'F32', 256],
      ],
    );
    const tokens = model.metadata.find(({ key }) => key === 'tokenizer.ggml.tokens');
    assert.match(tokens?.value ?? '', /^40 items: token0, token1, .*…$/);
  });

  it('builds the tree and facts from GGUF names', async () => {
    const anatomy = await assemble(await read(whole()));
    assert.equal(anatomy.parameters, 40 * 64 + 64 * 64 + 64 + 2 * 128 * 64 + 64);
    assert.deepEqual(
      anatomy.components.map(({ kind }) => kind),
      ['embeddings', 'block', 'norm'],
    );
    const block = anatomy.components[1];
    assert.deepEqual(
      block?.children.map(({ kind }) => kind),
      ['norm', 'attention', 'feed-forward'],
    );
    assert.equal(anatomy.facts.architecture, 'llama');
    assert.equal(anatomy.facts.heads, 4);
    assert.equal(anatomy.facts.vocabulary, 40);
  });

  it('reports a file that is cut off', async () => {
    const model = await read(whole().subarray(0, -100));
    assert.deepEqual(
      model.tensors.filter(({ state }) => state === 'cut').map(({ name }) => name),
      ['output_norm.weight'],
    );
    assert.match(model.problems.join(), /cut off/);
  });

  it('refuses headers that lie', async () => {
    const one = (change: object) => whole(KEYS, [{ ...(TENSORS[0] as (typeof TENSORS)[number]), ...change }]);
    await fails(one({ type: 99 }), /unknown type 99/);
    await fails(one({ shape: [2 ** 40, 2 ** 40] }), /impossible shape/);
    await fails(one({ shape: [4, 33], type: 2 }), /impossible shape/);
    await fails(one({ offset: 2 ** 60 }), /impossible offset/);
    await fails(whole(KEYS, [TENSORS[0], TENSORS[0]] as typeof TENSORS), /is there twice/);
    const [first, second] = TENSORS as [(typeof TENSORS)[number], (typeof TENSORS)[number]];
    await fails(whole(KEYS, [first, { ...second, offset: 32 }]), /overlaps/);
    await fails(Buffer.concat([Buffer.from('GGUX'), whole().subarray(4)]), /does not start/);
    const many = whole();
    many.writeBigUInt64LE(2n ** 40n, 8);
    await fails(many, /more tensors than it can hold/);
    many.writeBigUInt64LE(1n, 8);
    many.writeBigUInt64LE(2n ** 62n, 16);
    await fails(many, /more keys than it can hold/);
    const big = whole();
    big.writeUInt32BE(3, 4);
    await fails(big, /big-endian/);
  });

  it('refuses a list that is longer than the file, before making it', async () => {
    const bytes = ggufHeader({ list: { type: 4, items: [1, 2] } }, []);
    bytes.writeBigUInt64LE(2n ** 50n, 24 + 8 + 4 + 4 + 4);
    await fails(bytes, /longer than the file/);
  });

  it('survives 300 mutations', async () => {
    const next = seeded(66);
    const header = ggufHeader(KEYS, TENSORS).length;
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      try {
        await read(mutate(whole(), header, next));
      } catch (error) {
        assert(error instanceof ProbeError, `mutation ${i}: ${String(error)}`);
        assert.equal(error.code, 'model');
        refused++;
      }
    }
    assert(refused > 100, `${refused} refused`);
  });
});
