import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { graphOf, modulesOf, operatorGraph, operatorsBetween } from '../../../src/anatomy/operators';
import { openFolder } from '../../../src/anatomy/open';
import { readSkeleton } from '../../../src/onnx/skeleton';

const file = (name: string) => path.join(root, 'test/fixtures/models', name, 'onnx/model.onnx');

describe('operators', () => {
  it('of one module, with the edges between them', async () => {
    const { model } = await readSkeleton(file('bert-eager'));
    const { nodes, edges } = operatorGraph(model.graph, [
      'bert.encoder.layer.1.attention.self.query',
    ]).diagram;
    assert.deepEqual(
      nodes.map(({ label }) => label),
      ['MatMul', 'Add'],
    );
    assert.deepEqual(edges, [{ from: nodes[0]?.id, to: nodes[1]?.id, kind: 'data' }]);
    const attention = operatorGraph(model.graph, ['bert.encoder.layer.1.attention']).diagram;
    assert.equal(attention.nodes.filter(({ label }) => label === 'Softmax').length, 1);
    assert.deepEqual(operatorGraph(model.graph, ['nothing']).total, 0);
  });

  it('of a component by where its tensors are used, for nodes without module names', async () => {
    const opened = await openFolder(path.join(root, 'models/pocket-t5'));
    assert(opened);
    await opened.close();
    const { anatomy, raw } = opened;
    const decoder = anatomy.components.find(({ kind }) => kind === 'decoder');
    const block = decoder?.children.find(({ kind }) => kind === 'block');
    const part = block?.children.find(({ kind }) => kind === 'cross-attention');
    assert(part);
    const at = graphOf(anatomy, part);
    const graph = raw.models?.[at]?.graph;
    assert(graph && anatomy.graphs[at]);
    const count = (layer: number, name: string) =>
      operatorsBetween(graph, anatomy, part, layer).diagram.nodes.filter(({ label }) => label === name)
        .length;
    for (const layer of [0, 1, 2, 3]) {
      assert.equal(count(layer, 'Softmax'), 1, `layer ${layer}`);
      // Query, key, value, output, scores and weights by values.
      assert.equal(count(layer, 'MatMul'), 6, `layer ${layer}`);
    }
    assert.equal(operatorsBetween(graph, anatomy, part, 9).total, 0);
  });

  it('of a component, in one of its layers', async () => {
    const opened = await openFolder(path.join(root, 'test/fixtures/models/bert-eager'));
    assert(opened);
    await opened.close();
    const { anatomy, raw } = opened;
    const block = anatomy.components.find(({ kind }) => kind === 'block');
    const part = (kind: string) => block?.children.find((child) => child.kind === kind);
    const [attention, norms] = [part('attention'), part('norm')];
    assert(block && attention && norms && raw.models?.[0]);
    assert.deepEqual(modulesOf(anatomy, block, 1), ['bert.encoder.layer.1']);
    assert.deepEqual(modulesOf(anatomy, attention, 1), ['bert.encoder.layer.1.attention']);
    assert.deepEqual(modulesOf(anatomy, norms, 0), [
      'bert.encoder.layer.0.attention.output.LayerNorm',
      'bert.encoder.layer.0.output.LayerNorm',
    ]);
    const { graph } = raw.models[0];
    const whole = operatorGraph(graph, modulesOf(anatomy, block, 1)).total;
    const inside = operatorGraph(graph, modulesOf(anatomy, attention, 1)).total;
    assert(inside > 0 && inside < whole && whole < graph.nodes.length);
  });

  it('are counted, and the inputs and outputs named', async () => {
    const opened = await openFolder(path.join(root, 'test/fixtures/models/bert-eager'));
    await opened?.close();
    const [info] = opened?.anatomy.graphs ?? [];
    assert(info);
    const { model } = await readSkeleton(file('bert-eager'));
    const count = (name: string) => model.graph.nodes.filter(({ opType }) => opType === name).length;
    for (const { name, count: counted } of info.operators) assert.equal(counted, count(name), name);
    assert.equal(
      info.operators.reduce((sum, { count: n }) => sum + n, 0),
      model.graph.nodes.length,
    );
    assert.deepEqual(
      info.inputs.map(({ name }) => name),
      ['input_ids', 'attention_mask', 'token_type_ids'],
    );
    assert.deepEqual(
      info.outputs.map(({ dtype }) => dtype),
      ['F32'],
    );
    assert.deepEqual(info.opsets, [{ domain: '', version: 14 }]);
    assert.deepEqual(info.attention, [
      { kind: null, layer: 0, residual: true },
      { kind: null, layer: 1, residual: true },
    ]);
  });
});
