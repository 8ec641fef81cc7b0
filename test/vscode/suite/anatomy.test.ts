import assert from 'node:assert/strict';
import { copyFile, cp, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { catalogueUri, folderUri, hubUri } from '../../../src/views/anatomy/address';
import type { AnatomyDocument } from '../../../src/views/anatomy/document';
import type { AnatomyRow } from '../../../src/views/anatomy/rows';
import { findRow, tensorsBelow } from '../../../src/views/anatomy/rows';
import type { Anatomy } from '../../../src/shared/anatomy';
import { folderContents } from '../../hub/repositories';
import { StandInHub } from '../../hub/server';
import { largeGguf, largeOnnx, largeSafetensors } from '../../unit/anatomy/large';
import { closeAllEditors, fixtureModel, probe, until, useModel } from './support';

const onnx = (name: string) => vscode.Uri.file(path.join(fixtureModel(name), 'onnx', 'model.onnx'));

/** The document of the anatomy editor, once it has been read or could not be. */
async function opened(): Promise<AnatomyDocument> {
  const { editors } = (await probe()).anatomy.explorer;
  await until(() => editors.current !== null && !editors.current.explored.busy);
  assert.ok(editors.current);
  return editors.current;
}

async function open(uri: vscode.Uri): Promise<AnatomyDocument> {
  await (await probe()).anatomy.explorer.editors.open(uri);
  const document = await opened();
  assert.equal(document.uri.toString(), uri.toString());
  return document;
}

function anatomyOf({ explored }: AnatomyDocument): Anatomy {
  assert.equal(explored.error, null);
  assert.ok(explored.model);
  return explored.model.anatomy;
}

async function closeEditors(): Promise<void> {
  await closeAllEditors();
  const { editors } = (await probe()).anatomy.explorer;
  await until(() => editors.current === null);
}

/** The root row of the tree, looked at and read. */
async function tree(): Promise<AnatomyRow> {
  await vscode.commands.executeCommand('transformerProbe.anatomy.focus');
  const { view } = (await probe()).anatomy.explorer;
  await view.getChildren();
  await until(() => view.model !== null && !view.model.busy);
  const [root] = await view.getChildren();
  assert.ok(root);
  return root;
}

function leaves(row: AnatomyRow): AnatomyRow[] {
  return row.children.length === 0 ? [row] : row.children.flatMap(leaves);
}

describe('model anatomy', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'anatomy-'));
    await useModel(fixtureModel('bert-eager'));
  });
  afterEach(closeEditors);
  after(() => rm(folder, { recursive: true, force: true }));

  it('is what opens for a model file', async () => {
    await vscode.commands.executeCommand('vscode.open', onnx('bert-eager'));
    const document = await opened();
    const { tabs } = vscode.window.tabGroups.activeTabGroup;
    const input = tabs.find(({ isActive }) => isActive)?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, 'transformerProbe.anatomyEditor');
    const { parameters, graphs } = anatomyOf(document);
    assert.equal(parameters, 45_472);
    assert.deepEqual(graphs[0]?.attention.length, 2);
    assert.equal(document.explored.model?.hasAttention, true);
  });

  it('answers the page: operators, nodes, statistics, a slice, texts; and stops when asked to', async () => {
    const { explored } = await open(onnx('bert-eager'));
    const { model } = explored;
    assert.ok(model);
    const { anatomy, key } = model;
    const client = (await probe()).anatomy.explorer.client;
    const block = anatomy.components.find(({ kind }) => kind === 'block');
    const attention = block?.children.find(({ kind }) => kind === 'attention');
    assert.ok(attention);
    const operators = await client.ask('operators', { key, component: attention.id, layer: 1 });
    assert.ok(operators.diagram.nodes.some(({ label }) => label === 'Softmax'));
    const nodes = await client.ask('nodes', { key, graph: 0, from: 0, to: 3 });
    assert.deepEqual(
      nodes.map(({ index }) => index),
      [0, 1, 2],
    );
    const tensor = anatomy.tensors.findIndex(({ shape }) => shape.length === 2);
    const statistics = await client.ask('statistics', { key, tensor });
    const [rows = 0, columns = 0] = anatomy.tensors[tensor]?.shape ?? [];
    assert.equal(statistics.count, rows * columns);
    const slice = await client.ask('slice', { key, tensor, side: 4, window: {} });
    assert.equal(slice.values.length, 16);
    const stop = new AbortController();
    const stopped = client.ask('statistics', { key, tensor }, stop.signal);
    stop.abort();
    await assert.rejects(stopped, { code: 'cancelled' });
  });

  it('shows what a file is that cannot be read, and reads it again when it is whole', async () => {
    const file = path.join(folder, 'broken.onnx');
    await copyFile(onnx('bert-eager').fsPath, file);
    await truncate(file, 40);
    const document = await open(vscode.Uri.file(file));
    const { error, model, busy } = document.snapshot();
    assert.deepEqual([error?.code, model, busy], ['model', null, null]);
    assert.match(error?.message ?? '', /^broken\.onnx: /);
    await copyFile(onnx('bert-eager').fsPath, file);
    await until(() => document.explored.model !== null);
    assert.equal(anatomyOf(document).parameters, 45_472);
  });

  it('shows what is left of a file that is cut off', async () => {
    const file = path.join(folder, 'cut.onnx');
    await copyFile(onnx('bert-eager').fsPath, file);
    await truncate(file, 60_000);
    const { problems, tensors } = anatomyOf(await open(vscode.Uri.file(file)));
    assert.match(problems.join(), /^cut\.onnx is cut off: it has 60000 of \d+ bytes/);
    assert.ok(tensors.length > 0);
  });

  it('shows the model before while a changed file is read, and the new one after', async () => {
    const file = path.join(folder, 'changing.onnx');
    await copyFile(onnx('bert-eager').fsPath, file);
    const document = await open(vscode.Uri.file(file));
    const { key } = document.explored.model ?? {};
    const other = onnx('gpt2-eager').fsPath;
    await copyFile(other, file);
    // A watcher begins a moment after it was asked for, and does not say when.
    const again = setInterval(() => void copyFile(other, file), 3000);
    await until(() => document.explored.model?.key !== key).finally(() => clearInterval(again));
    assert.equal(document.explored.stale, false);
    const expected = anatomyOf(await open(vscode.Uri.file(other)));
    assert.equal(anatomyOf(document).parameters, expected.parameters);
  });

  it('shows a folder whose weights are missing with what is there', async () => {
    const model = path.join(folder, 'no-weights');
    await cp(fixtureModel('bert-external-data'), model, { recursive: true });
    const anatomy = anatomyOf(await open(folderUri(model)));
    const data = anatomy.files.find(({ name }) => !name.endsWith('.onnx'));
    assert.ok(data);
    await closeEditors();
    await rm(path.join(model, 'onnx', data.name));
    const broken = anatomyOf(await open(folderUri(model)));
    assert.equal(broken.parameters, anatomy.parameters);
    assert.match(broken.problems.join(), new RegExp(`${data.name} is missing`));
  });

  it('computes models of the catalogue from their configs', async () => {
    const document = await open(catalogueUri('openai-community/gpt2'));
    assert.equal(anatomyOf(document).parameters, 124_439_808);
    assert.deepEqual(
      [document.explored.model?.hasWeights, document.explored.model?.hasAttention],
      [false, false],
    );
  });

  it('reads files of other file systems through VS Code', async () => {
    const bytes = await readFile(onnx('bert-eager').fsPath);
    const file = vscode.Uri.parse('memory:/models/tiny/model.onnx');
    const provider = vscode.workspace.registerFileSystemProvider('memory', oneFile(file, bytes), {
      isReadonly: true,
    });
    try {
      assert.equal(anatomyOf(await open(file)).parameters, 45_472);
    } finally {
      await closeEditors();
      provider.dispose();
    }
  });

  it('puts models side by side', async () => {
    const document = await open(onnx('bert-eager'));
    document.add(catalogueUri('google-bert/bert-base-uncased'));
    await until(() => document.snapshot().others.length === 1);
    const { comparison, others, model } = document.snapshot();
    const row = comparison.find(({ label }) => label === 'Parameters');
    assert.deepEqual(row?.values, ['45,472', '109,482,240']);
    const client = (await probe()).anatomy.explorer.client;
    assert.ok(model && others[0]);
    const diff = await client.ask('structure', { key: model.key, other: others[0].key });
    assert.ok(diff.changes.some(({ kind }) => kind === 'reshaped'));
    document.remove(others[0].key);
    assert.deepEqual(document.snapshot().comparison, []);
  });

  for (const [format, make] of [
    ['safetensors', largeSafetensors],
    ['GGUF', largeGguf],
    ['ONNX', largeOnnx],
  ] as const) {
    it(`opens ${format} files of gigabytes`, async () => {
      const { path: file, parameters } = await make(folder);
      assert.ok((await stat(file)).size > 1.5e9);
      const anatomy = anatomyOf(await open(vscode.Uri.file(file)));
      assert.equal(anatomy.parameters, parameters);
      assert.deepEqual(anatomy.problems, []);
    });
  }
});

describe('anatomy view', () => {
  before(() => useModel(fixtureModel('bert-eager')));
  afterEach(async () => {
    await (await probe()).anatomy.explorer.view.show({ filter: '', order: 'order' });
    await closeEditors();
  });

  it('shows the model that analyses use, every tensor once', async () => {
    const root = await tree();
    const { view } = (await probe()).anatomy.explorer;
    const { anatomy } = view.model?.model ?? {};
    assert.ok(anatomy);
    assert.equal(anatomy.parameters, 45_472);
    assert.deepEqual(
      tensorsBelow(root).sort((a, b) => a - b),
      anatomy.tensors.map((_, index) => index),
    );
    const parts = root.children.map((row) => view.getTreeItem(row).label);
    assert.deepEqual(
      parts,
      anatomy.components.map(({ label, count = 1 }) => (count > 1 ? `${label} ×${count}` : label)),
    );
    const item = view.getTreeItem(root);
    assert.match(String(item.description), /^45\.5K · .* · F32$/);
  });

  it('follows the editor, and goes back when that is closed', async () => {
    await tree();
    const { view } = (await probe()).anatomy.explorer;
    await open(catalogueUri('openai-community/gpt2'));
    await until(() => view.model?.model?.anatomy.parameters === 124_439_808);
    await closeEditors();
    await until(() => view.model?.model?.anatomy.parameters === 45_472);
  });

  it('filters and sorts', async () => {
    const { view } = (await probe()).anatomy.explorer;
    await tree();
    await view.show({ filter: 'query.weight' });
    const { anatomy } = view.model?.model ?? {};
    assert.ok(anatomy);
    const found = leaves(await tree()).map((row) => row.kind === 'tensor' && anatomy.tensors[row.index]);
    assert.equal(found.length, 2);
    await view.show({ filter: '', order: 'size' });
    const sizes = (await tree()).children.map((row) => row.kind === 'component' && row.component.parameters);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => Number(b) - Number(a)),
    );
  });

  it('makes tooltips when they are looked at, with names as plain text', async () => {
    const root = await tree();
    const { view } = (await probe()).anatomy.explorer;
    const [row] = leaves(root);
    assert.ok(row);
    const item = view.getTreeItem(row);
    assert.equal(item.tooltip, undefined);
    const { tooltip } = view.resolveTreeItem(item, row);
    assert.equal(typeof tooltip, 'string');
    assert.match(String(tooltip), /bert\.embeddings\./);
  });

  it('copies as JSON, Markdown and CSV', async () => {
    const root = await tree();
    const { anatomy } = (await probe()).anatomy.explorer.view.model?.model ?? {};
    assert.ok(anatomy);
    const copy = async (format: string, row?: AnatomyRow) => {
      await vscode.commands.executeCommand(`transformerProbe.copyAnatomy${format}`, row);
      return vscode.env.clipboard.readText();
    };
    assert.deepEqual(JSON.parse(await copy('Json')), anatomy);
    const block = root.children.find((row) => row.kind === 'component' && row.component.kind === 'block');
    assert.ok(block);
    const part = JSON.parse(await copy('Json', block)) as { count: number; parameters: number };
    assert.equal(part.count, 2);
    assert.match(await copy('Markdown'), /^# .*\n/);
    const lines = (await copy('Csv')).split('\r\n');
    assert.equal(lines.length, anatomy.tensors.length + 1);
  });

  it('shows in the tree what the page asks for', async () => {
    const uri = onnx('bert-eager');
    const document = await open(uri);
    const { view } = (await probe()).anatomy.explorer;
    await tree();
    const tensor = anatomyOf(document).tensors.findIndex(({ layer }) => layer === 1);
    await view.reveal(uri, { tensor });
    await until(() => view.view.selection.length === 1);
    const [row] = view.view.selection;
    assert.equal(row?.kind === 'tensor' && row.index, tensor);
  });

  it('leads from a layer to its attention', async () => {
    const root = await tree();
    const { anatomy, session } = await probe();
    const { view } = anatomy.explorer;
    const { model } = view;
    const index = model?.model?.anatomy.tensors.findIndex(({ layer }) => layer === 1) ?? -1;
    const row = findRow(root, { tensor: index });
    assert.ok(row);
    assert.match(String(view.getTreeItem(row).contextValue), /attention$/);
    await vscode.commands.executeCommand('transformerProbe.showLayerAttention', row);
    assert.equal(session.result?.model.id, fixtureModel('bert-eager'));
    assert.ok(session.result.layers.some(({ layer }) => layer === 1));
  });
});

describe('anatomy of models of the Hub', () => {
  const ID = 'lab/far-bert';
  let server: StandInHub;

  before(async () => {
    server = await StandInHub.start();
    const contents = folderContents(fixtureModel('bert-eager'));
    // Something to leave out: a repository holds more than is looked at.
    server.add(ID, { ...contents, 'pytorch_model.bin': Buffer.alloc(4_000_000) });
    await setting('hub.endpoint', server.endpoint);
  });
  afterEach(closeEditors);
  after(async () => {
    await setting('hub.endpoint', undefined);
    await setting('hub.offline', undefined);
    await server.stop();
  });

  it('are read in ranges, and nothing is downloaded', async () => {
    const document = await open(hubUri(ID));
    assert.equal(anatomyOf(document).parameters, 45_472);
    assert.equal(document.explored.model?.hasAttention, false);
    const whole = (await stat(onnx('bert-eager').fsPath)).size;
    assert.ok(server.bytesSent() > 0 && server.bytesSent() < whole + 200_000);
    assert.ok(server.seen.every(({ file, end }) => !file?.endsWith('.onnx') || Number.isFinite(end)));
    assert.deepEqual(await (await probe()).hub.models(), []);
  });

  it('are not asked for while the offline setting is on', async () => {
    await setting('hub.offline', true);
    server.seen.length = 0;
    const { explored } = await open(hubUri(ID));
    assert.match(explored.error?.message ?? '', /offline/);
    assert.equal(server.seen.length, 0);
  });
});

async function setting(name: string, value: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration('transformerProbe')
    .update(name, value, vscode.ConfigurationTarget.Global);
}

/** A file system with one file in it. */
function oneFile(uri: vscode.Uri, bytes: Uint8Array): vscode.FileSystemProvider {
  const isIt = (asked: vscode.Uri) => {
    if (asked.toString() !== uri.toString()) throw vscode.FileSystemError.FileNotFound(asked);
  };
  const refuse = () => {
    throw vscode.FileSystemError.NoPermissions();
  };
  return {
    onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
    watch: () => ({ dispose: () => undefined }),
    stat: (asked) => (isIt(asked), { type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.length }),
    readFile: (asked) => (isIt(asked), bytes),
    readDirectory: () => [],
    ...{ createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse },
  };
}
