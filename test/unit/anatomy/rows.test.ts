import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { CATALOGUE, findInCatalogue } from '../../../src/anatomy/catalogue';
import { exportAnatomy } from '../../../src/anatomy/export';
import { anatomyFromConfig } from '../../../src/anatomy/fromConfig/anatomy';
import { openFolder } from '../../../src/anatomy/open';
import type { Anatomy } from '../../../src/shared/anatomy';
import type { AnatomyRow } from '../../../src/views/anatomy/rows';
import { findRow, leafName, modelRows, tensorsBelow } from '../../../src/views/anatomy/rows';

const ALL = { order: 'order', filter: '' } as const;

function everyRow(row: AnatomyRow): AnatomyRow[] {
  return [row, ...row.children.flatMap(everyRow)];
}

describe('rows of the anatomy tree', () => {
  let bert: Anatomy;
  before(async () => {
    const opened = await openFolder(path.join(root, 'test/fixtures/models/bert-eager'));
    await opened?.close();
    assert.ok(opened);
    bert = opened.anatomy;
  });

  it('show every tensor of every model of the catalogue once, under ids of their own', async () => {
    for (const { id, config } of CATALOGUE.filter((_, i) => i % 6 === 0)) {
      const anatomy = await anatomyFromConfig(id, config);
      const tree = modelRows(anatomy, ALL);
      const shown = tensorsBelow(tree).sort((a, b) => a - b);
      assert.deepEqual(
        shown,
        anatomy.tensors.map((_, i) => i),
        id,
      );
      const ids = everyRow(tree).map((row) => row.id);
      assert.equal(new Set(ids).size, ids.length, id);
    }
  });

  it('fold the same tensor of every layer into one row', async () => {
    const entry = findInCatalogue('bert-base-uncased');
    assert.ok(entry);
    const anatomy = await anatomyFromConfig('bert', entry.config);
    const folded = everyRow(modelRows(anatomy, ALL)).filter((row) => row.kind === 'layers');
    assert.equal(folded.length, 16);
    for (const row of folded) {
      assert.equal(row.tensors.length, 12);
      const layers = row.tensors.map((index) => anatomy.tensors[index]?.layer);
      assert.deepEqual(layers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
    const labels = folded.map((row) => row.label);
    assert.ok(labels.includes('query.weight') && labels.includes('intermediate.dense.bias') === false);
    assert.ok(labels.includes('dense.bias'));
  });

  it('name a tensor by its module and parameter, and an expert by its number', () => {
    const tensor = { ...(bert.tensors[0] as Anatomy['tensors'][number]), layer: 3 };
    const name = (from: string) => leafName({ ...tensor, name: from, path: undefined });
    assert.equal(name('bert.encoder.layer.3.attention.self.query.weight'), 'query.weight');
    assert.equal(name('model.layers.3.mlp.experts.7.w1.weight'), '7.w1.weight');
    assert.equal(leafName({ ...tensor, layer: null, name: 'a.b.c', path: undefined }), 'a.b.c');
  });

  it('match a filter by name, type and shape, with what leads to them', () => {
    const filtered = (filter: string) => modelRows(bert, { order: 'order', filter });
    for (const index of tensorsBelow(filtered(' QUERY '))) {
      assert.match(`${bert.tensors[index]?.name} ${bert.tensors[index]?.path}`, /query/);
    }
    assert.equal(tensorsBelow(filtered('query.weight')).length, 2);
    const [shape] = bert.tensors.map((tensor) => tensor.shape.join('x'));
    assert.ok(tensorsBelow(filtered(shape as string)).includes(0));
    assert.deepEqual(filtered('no such thing').children, []);
    const whole = bert.components.find(({ kind }) => kind === 'embeddings');
    assert.ok(whole && tensorsBelow(filtered('embeddings')).length >= 5);
  });

  it('are sorted by size and by name, at every level', () => {
    const sizeOf = (row: AnatomyRow) =>
      tensorsBelow(row).reduce((sum, index) => sum + (bert.tensors[index]?.parameters ?? 0), 0);
    for (const row of everyRow(modelRows(bert, { order: 'size', filter: '' }))) {
      const sizes = row.children.map(sizeOf);
      assert.deepEqual(
        sizes,
        [...sizes].sort((a, b) => b - a),
      );
    }
    const labels = modelRows(bert, { order: 'name', filter: '' }).children.map(
      (row) => row.kind === 'component' && row.component.label,
    );
    assert.deepEqual(labels, [...labels].sort());
  });

  it('are found by component and by tensor', () => {
    const tree = modelRows(bert, ALL);
    for (const row of everyRow(tree)) {
      if (row.kind === 'component') assert.equal(findRow(tree, { component: row.id }), row);
      if (row.kind === 'tensor') assert.equal(findRow(tree, { tensor: row.index }), row);
    }
    assert.equal(findRow(tree, { component: 'nothing' }), null);
    assert.equal(findRow(tree, { tensor: 1e6 }), null);
  });

  it('are copied: the whole as JSON, a part with its tensors, CSV cells that no spreadsheet runs', () => {
    assert.deepEqual(JSON.parse(exportAnatomy(bert, null, 'json')), JSON.parse(JSON.stringify(bert)));
    const block = bert.components.find(({ kind }) => kind === 'block');
    assert.ok(block);
    const part = JSON.parse(exportAnatomy(bert, block.id, 'json')) as typeof block;
    assert.equal(part.parameters, block.parameters);
    assert.match(exportAnatomy(bert, block.id, 'markdown'), /\| Block × 2 \| /);
    const [first] = bert.tensors;
    assert.ok(first);
    const name = '=cmd("x"),\n1';
    const hostile = { ...bert, tensors: [{ ...first, name }, ...bert.tensors.slice(1)] };
    const csv = exportAnatomy(hostile, null, 'csv');
    assert.ok(csv.split('\r\n')[1]?.startsWith(`"'=cmd(""x""),\n1",`));
    assert.equal(exportAnatomy(bert, null, 'csv').split('\r\n').length, bert.tensors.length + 1);
    assert.throws(() => exportAnatomy(bert, 'nothing', 'csv'), /no such component/);
  });
});
