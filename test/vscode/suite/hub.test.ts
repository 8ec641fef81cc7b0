import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { Hub } from '../../../src/commands/hub';
import type { DownloadDialogs } from '../../../src/commands/hubDialogs';
import { downloadModel } from '../../../src/commands/hubDownload';
import { ModelActions } from '../../../src/commands/hubModels';
import { searchHub } from '../../../src/commands/hubSearch';
import { HubTokens } from '../../../src/commands/hubTokens';
import type { ErrorMessage } from '../../../src/shared/errors';
import type { ListedModel } from '../../../src/views/modelList';
import { folderContents } from '../../hub/repositories';
import { StandInHub } from '../../hub/server';
import { analyzeSelection, closeAllEditors, fixtureModel, openText, probe, useModel } from './support';

const ID = 'lab/tiny-bert';
const GATED = 'lab/gated-bert';
const TOKEN = 'hf_suiteTokenThatNobodyMaySee';
const FAST_RETRY = { tries: 3, baseMs: 1, capMs: 4, longestAskedMs: 1_000 };

/** Secrets that last as long as the test. */
function memorySecrets(): vscode.SecretStorage {
  const secrets = new Map<string, string>();
  return {
    get: async (key) => secrets.get(key),
    store: async (key, value) => void secrets.set(key, value),
    delete: async (key) => void secrets.delete(key),
    onDidChange: new vscode.EventEmitter<vscode.SecretStorageChangeEvent>().event,
  };
}

async function set(name: string, value: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration('transformerProbe')
    .update(name, value, vscode.ConfigurationTarget.Global);
}

/** Presses Enter in the quick pick that is open, until what waits for it goes on. */
async function pressingEnter<T>(waiting: Promise<T>): Promise<T> {
  let isDone = false;
  const finished = waiting.finally(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  }
  return finished;
}

/** Agrees to every download, and answers failures with what the test says. */
function dialogs(afterFailure: DownloadDialogs['afterFailure'] = async () => undefined): DownloadDialogs {
  return { confirm: async ({ choice }) => choice.precision, afterFailure };
}

describe('hub: models of the Hugging Face Hub', () => {
  let server: StandInHub;
  let cacheDir: string;
  let log: string[];
  let hub: Hub;

  before(async () => {
    server = await StandInHub.start();
    server.add(ID, folderContents(fixtureModel('bert-eager')));
    server.add(GATED, folderContents(fixtureModel('bert-eager')), { gated: 'auto', token: TOKEN });
    await set('hub.endpoint', server.endpoint);
  });

  beforeEach(async () => {
    cacheDir = await mkdtemp(path.join(tmpdir(), 'probe-cache-'));
    await set('hub.cacheDirectory', cacheDir);
    server.seen.length = 0;
    log = [];
    hub = new Hub(new HubTokens(memorySecrets()), (line) => log.push(line), FAST_RETRY);
  });

  afterEach(async () => {
    server.faults = () => undefined;
    await closeAllEditors();
    hub.dispose();
    await rm(cacheDir, { recursive: true, force: true });
  });

  after(async () => {
    for (const name of ['hub.endpoint', 'hub.cacheDirectory', 'hub.offline']) await set(name, undefined);
    await useModel(fixtureModel('bert-eager'));
    await server.stop();
  });

  it('downloads a model by its id after Enter in the list of precisions, and opens it', async () => {
    const api = await probe();
    assert.equal(await pressingEnter(downloadModel(api.hub, { id: ID })), ID);
    await useModel(ID);
    await openText('the lazy dog');
    const { model, layers } = await analyzeSelection();
    assert.equal(model.id, ID);
    assert.ok(layers.length > 0);
  });

  it('finds models by the words of a search', async () => {
    assert.equal(await pressingEnter(searchHub(hub, 'gated')), GATED);
    const [search] = server.seen;
    assert.deepEqual([server.seen.length, search?.kind], [1, 'search']);
  });

  it('says which model is missing where it was never downloaded, without asking the Hub', async () => {
    await useModel(ID);
    await openText('the lazy dog');
    await vscode.commands.executeCommand('transformerProbe.analyzeSelection');
    const { error } = (await probe()).session.snapshot();
    assert.deepEqual(error?.detail, { reason: 'not-downloaded', id: ID });
    assert.equal(server.seen.length, 0);
  });

  it('lists it, verified and in use, with its family, size, precision and revision', async () => {
    const { models } = await probe();
    const before = await models.getChildren();
    assert.ok(before.includes('choose'));
    await downloadModel(hub, { id: ID }, dialogs());
    await useModel(ID);
    const rows = (await models.getChildren()).filter((row): row is ListedModel => row !== 'choose');
    const bundled = rows.find(({ reference }) => reference === 'pocket-bert');
    assert.deepEqual([bundled?.state, bundled?.family], ['verified', 'encoder-only']);
    const row = rows.find(({ reference }) => reference === ID);
    assert.ok(row?.cached);
    const item = models.getTreeItem(row);
    const commit = row.cached.commit.slice(0, 8);
    assert.match(String(item.description), new RegExp(`encoder-only · .* · fp32 · ${commit} · verified`));
    assert.match(item.accessibilityInformation?.label ?? '', /^lab\/tiny-bert, in use, /);
    assert.equal((item.iconPath as vscode.ThemeIcon).id, 'check');
    assert.match(String(models.resolveTreeItem(item, row).tooltip), /onnx\/model\.onnx/);
  });

  it('says what went wrong when the connection is cut, and Retry goes on from there', async () => {
    server.faults = ({ kind, path: file }) =>
      kind === 'file' && file.includes('model.onnx') ? { kind: 'cut', after: 1000 } : undefined;
    const failures: ErrorMessage[] = [];
    const retry = dialogs(async (error) => {
      failures.push(error);
      server.faults = () => undefined;
      return 'retry';
    });
    assert.equal(await downloadModel(hub, { id: ID }, retry), ID);
    assert.equal(failures.length, 1);
    assert.match(failures[0]?.message ?? '', /onnx\/model\.onnx of lab\/tiny-bert/);
    const size = folderContents(fixtureModel('bert-eager'))['onnx/model.onnx']?.length ?? 0;
    assert.equal(server.bytesSent('onnx/model.onnx'), size, 'no byte is fetched twice');
  });

  it('sends the token to the Hub only, and writes it nowhere', async () => {
    const failures: ErrorMessage[] = [];
    const signIn = dialogs(async (error) => {
      failures.push(error);
      await hub.tokens.keep(failures.length === 1 ? 'hf_wrong' : TOKEN);
      return 'retry';
    });
    assert.equal(await downloadModel(hub, { id: GATED }, signIn), GATED);
    assert.deepEqual(
      failures.map(({ detail }) => detail?.reason),
      ['no-access', 'no-access'],
    );
    const carried = server.seen.filter(({ headers }) => headers.authorization === `Bearer ${TOKEN}`);
    assert.ok(carried.length > 0);
    assert.ok(carried.every(({ host }) => host === 'hub'));
    const settings = JSON.stringify(vscode.workspace.getConfiguration('transformerProbe'));
    for (const text of [...log, ...failures.map(({ message }) => message), settings]) {
      assert.ok(!text.includes(TOKEN) && !text.includes('hf_wrong'));
    }
    assert.ok(log.length > 0);
  });

  it('uses no network while the offline setting is on', async () => {
    await set('hub.offline', true);
    const failures: ErrorMessage[] = [];
    const note = dialogs(async (error) => void failures.push(error));
    assert.equal(await downloadModel(hub, { id: ID }, note), undefined);
    await set('hub.offline', false);
    assert.match(failures[0]?.message ?? '', /offline/i);
    assert.equal(server.seen.length, 0);
  });

  it('does not run a model that was changed on the disk, and downloads it again', async () => {
    await downloadModel(hub, { id: ID }, dialogs());
    await useModel(ID);
    const [model] = await hub.models();
    assert.ok(model);
    const graph = path.join(model.folder, 'onnx', 'model.onnx');
    const bytes = await readFile(graph);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(graph, bytes);
    await openText('the lazy dog');
    await vscode.commands.executeCommand('transformerProbe.analyzeSelection');
    const { session, models } = await probe();
    const { error } = session.snapshot();
    assert.deepEqual(error?.detail, { reason: 'changed', id: ID });
    assert.match(error?.message ?? '', /onnx\/model\.onnx/);

    const actions = new ModelActions(hub, dialogs(), async () => true);
    const find = async () =>
      (await models.getChildren()).find(
        (row): row is ListedModel => row !== 'choose' && row.reference === ID,
      );
    const row = await find();
    assert.ok(row);
    assert.equal((await actions.verify(row)).length, 1);
    await actions.redownload(row);
    const whole = await find();
    assert.equal(whole?.state, 'verified');
    await analyzeSelection();

    assert.ok((await actions.remove(row)) >= bytes.length);
    assert.equal(await find(), undefined);
  });
});
