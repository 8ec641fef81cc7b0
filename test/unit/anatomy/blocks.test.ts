import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { blockDiagram, MAX_BOXES } from '../../../src/anatomy/blocks';
import { CATALOGUE, findInCatalogue } from '../../../src/anatomy/catalogue';
import { anatomyFromConfig } from '../../../src/anatomy/fromConfig/anatomy';
import { openFolder, openSource } from '../../../src/anatomy/open';
import type { Anatomy, BlockDiagram, BlockNode } from '../../../src/shared/anatomy';
import { MemorySource, noSiblings } from './memorySource';

const ofFixture = (name: string) => ofFolder('test/fixtures/models', name);

async function ofFolder(...parts: string[]): Promise<Anatomy> {
  const opened = await openFolder(path.join(root, ...parts));
  assert(opened);
  await opened.close();
  return opened.anatomy;
}

async function ofCatalogue(name: string): Promise<Anatomy> {
  const entry = findInCatalogue(name);
  assert(entry);
  return anatomyFromConfig(name, entry.config);
}

const last = (id: string) => id.split('/').at(-1);
const kinds = ({ nodes }: BlockDiagram) => nodes.map(({ kind }) => kind);

function blockOf(diagram: BlockDiagram, id = 'block'): BlockDiagram {
  const inside = diagram.nodes.find((node) => node.id === id)?.children;
  assert(inside);
  return inside;
}

function everyNode(diagram: BlockDiagram): BlockNode[] {
  return diagram.nodes.flatMap((node) => [node, ...(node.children ? everyNode(node.children) : [])]);
}

function check(anatomy: Anatomy): void {
  const diagram = blockDiagram(anatomy);
  assert(diagram.nodes.length <= MAX_BOXES, `${anatomy.name}: ${diagram.nodes.length} boxes`);
  const ids = everyNode(diagram).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, anatomy.name);
  const trained = anatomy.tensors.flatMap(({ role }, i) =>
    role === 'parameter' || role === 'tied' ? [i] : [],
  );
  const shown = diagram.nodes.flatMap(({ tensors }) => tensors).sort((a, b) => a - b);
  assert.deepEqual(shown, trained, anatomy.name);
  assert.equal(
    diagram.nodes.reduce((sum, { parameters }) => sum + parameters, 0),
    anatomy.parameters,
  );
  const known = new Set(ids);
  const edges = [diagram, ...everyNode(diagram).flatMap(({ children }) => children ?? [])].flatMap(
    (d) => d.edges,
  );
  for (const { from, to } of edges) assert(known.has(from) && known.has(to), `${from} -> ${to}`);
}

describe('block diagram', () => {
  it('has at most 20 boxes, every tensor in one of them, for every model of the catalogue', async () => {
    for (const { id, config } of CATALOGUE) check(await anatomyFromConfig(id, config));
  });

  it('leads tied weights from the embeddings to the head, which has a box even where no tensor is its own', async () => {
    for (const name of ['pocket-gpt2', 'pocket-bert', 'pocket-t5']) {
      const { nodes, edges } = blockDiagram(await ofFolder('models', name));
      const [tie] = edges.filter(({ kind }) => kind === 'tied');
      assert.equal(tie?.from, 'embeddings', name);
      assert.equal(nodes.find(({ id }) => id === tie?.to)?.kind, 'head', name);
      assert.ok(edges.some(({ from, to }) => from === tie?.to && to === 'output'));
    }
    const untied = blockDiagram(await ofCatalogue('mistralai/Mistral-7B-v0.1'));
    assert.deepEqual(
      untied.edges.filter(({ kind }) => kind === 'tied'),
      [],
    );
  });

  it('has the norms of weights stored as whole numbers where the graph uses them', async () => {
    const expected = ['input', 'norm', 'attention', 'add', 'norm', 'feed-forward', 'add'];
    for (const [name, block] of [
      ['pocket-gpt2', 'block'],
      ['pocket-t5', 'encoder/block'],
    ] as const) {
      const anatomy = await ofFolder('models', name);
      assert.deepEqual(kinds(blockOf(blockDiagram(anatomy), block)), expected, name);
      const paths = anatomy.tensors.map((tensor) => tensor.path ?? tensor.name);
      assert.deepEqual(
        paths.filter((one) => /\.(int8|half|T)$/.test(one)),
        [],
      );
    }
  });

  it('and for exports', async () => {
    for (const name of [
      'bert-eager',
      't5-12-6',
      'bart-sdpa',
      'llama-past',
      't5-merged',
      'bert-if-weights',
      't5-single',
    ]) {
      check(await ofFixture(name));
    }
  });

  it('puts norms after the additions of BERT and before the sub-layers of Llama, as the graphs have it', async () => {
    assert.deepEqual(kinds(blockOf(blockDiagram(await ofFixture('bert-eager')))), [
      ...['input', 'attention', 'add', 'norm', 'feed-forward', 'add', 'norm'],
    ]);
    const llama = blockOf(blockDiagram(await ofFixture('llama-sdpa')));
    assert.deepEqual(kinds(llama), ['input', 'norm', 'attention', 'add', 'norm', 'feed-forward', 'add']);
    assert.deepEqual(
      llama.edges.filter(({ kind }) => kind === 'residual').map(({ from, to }) => [last(from), last(to)]),
      [
        ['in', 'add-0'],
        ['add-0', 'add-1'],
      ],
    );
  });

  it('leads the memory of the encoder into cross-attention, and relative positions into the blocks', async () => {
    const diagram = blockDiagram(await ofFixture('t5-eager'));
    assert.deepEqual(
      diagram.edges.filter(({ kind }) => kind === 'memory'),
      [{ from: 'encoder/norm', to: 'decoder/block', kind: 'memory' }],
    );
    assert(
      diagram.edges.some(({ from, to }) => from === 'encoder/relative-positions' && to === 'encoder/block'),
    );
    const decoder = blockOf(diagram, 'decoder/block');
    assert.deepEqual(
      kinds(decoder).filter((kind) => kind !== 'input'),
      [...['norm', 'attention', 'add', 'norm', 'cross-attention', 'add', 'norm', 'feed-forward', 'add']],
    );
  });

  it('knows sub-layers side by side, and norms on both sides', async () => {
    const phi = blockOf(blockDiagram(await ofCatalogue('phi-2')));
    assert.equal(phi.nodes.filter(({ kind }) => kind === 'add').length, 1);
    assert.equal(phi.edges.filter(({ from }) => from === 'block/norm').length, 2);
    assert.deepEqual(kinds(blockOf(blockDiagram(await ofCatalogue('gemma-2-2b')))), [
      ...['input', 'norm', 'attention', 'norm', 'add', 'norm', 'feed-forward', 'norm', 'add'],
    ]);
  });

  it('draws no paths that nothing confirms', async () => {
    const tensors = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const parts = ['attn.q', 'attn.o', 'mlp.up', 'norm'];
    const header = parts.map((part, i) => [
      `layers.0.${part}.weight`,
      { ...tensors, data_offsets: [4 * i, 4 * i + 4] },
    ]);
    const text = JSON.stringify(Object.fromEntries(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const source = new MemorySource(
      'm.safetensors',
      Buffer.concat([length, Buffer.from(text), Buffer.alloc(16)]),
    );
    const { anatomy } = await openSource(source, noSiblings);
    const block = blockOf(blockDiagram(anatomy));
    assert.deepEqual(block.edges, []);
    assert.equal(block.nodes.length, 3);
  });

  it('stays small for a model whose layers all differ', async () => {
    const bytes = await readFile(path.join(root, 'test/fixtures/models/bert-eager/config.json'), 'utf8');
    const anatomy = await anatomyFromConfig('x', { ...(JSON.parse(bytes) as object), num_hidden_layers: 30 });
    const [embeddings, block, ...rest] = anatomy.components;
    assert(embeddings && block);
    const blocks = Array.from({ length: 30 }, (_, i) => ({
      ...block,
      ...{ id: `block-${i}`, layers: [i], count: 1, tensors: [], children: [] },
    }));
    const diagram = blockDiagram({ ...anatomy, components: [embeddings, ...blocks, ...rest] });
    assert(diagram.nodes.length <= MAX_BOXES);
    assert.equal(diagram.nodes.find(({ kind }) => kind === 'block')?.count, 30);
  });
});
