import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { commitFolder } from '../../../src/models/hub/layout';
import { folderContents } from '../../hub/repositories';
import { StandInHub } from '../../hub/server';
import { analyzeSentence, openStage, picture, type Stage } from './support';

const ID = 'lab/tiny-bert';
const GRAPH = 'onnx/model.onnx';

describe('a model of the Hub, from its id to the picture', () => {
  let hub: StandInHub;
  let cacheDir: string;
  let graph: string;
  let stage: Stage;

  before(async () => {
    hub = await StandInHub.start();
    const contents = folderContents(path.join(root, 'test/fixtures/models/bert-eager'));
    const { branches } = hub.add(ID, contents);
    cacheDir = await mkdtemp(path.join(tmpdir(), 'probe-flow-'));
    graph = path.join(commitFolder(cacheDir, ID, branches.get('main') ?? ''), GRAPH);
    stage = await openStage({
      settings: {
        'transformerProbe.hub.endpoint': hub.endpoint,
        'transformerProbe.hub.cacheDirectory': cacheDir,
      },
      env: { HF_HOME: cacheDir },
    });
  });
  afterEach((context) => picture((context as TestContext).name, stage));
  after(async () => {
    await stage.close();
    await hub.stop();
    await rm(cacheDir, { recursive: true });
  });

  const sizeOf = async (file: string) => (await stat(file).catch(() => null))?.size ?? 0;

  /** Goes from the status bar's command to the question before a download, and agrees. */
  async function enterIdAndAgree(): Promise<void> {
    const { workbench } = stage;
    await workbench.runCommand('Transformer Probe: Choose Model…');
    await workbench.pick('Enter a model id', 'Enter a model id');
    await workbench.fillQuickInput(ID);
    await workbench.quickInputEntry(/Download .* kB/).click();
  }

  it('shows bytes, rate and time left, and Cancel keeps what has arrived', async () => {
    hub.faults = ({ path: file, kind }) =>
      kind === 'file' && file.includes('model.onnx')
        ? { kind: 'slow', piece: 2_000, pauseMs: 300 }
        : undefined;
    await enterIdAndAgree();
    const notifications = await stage.workbench.showNotifications();
    const download = notifications.filter({ hasText: `Downloading ${ID}` });
    await download.getByText(/[\d.]+ kB of [\d.]+ kB, [\d.]+ k?B\/s, \d+ s left/).waitFor();
    await picture('downloading', stage);
    await download.getByRole('button', { name: 'Cancel' }).click();
    await download.waitFor({ state: 'detached' });
    assert.ok((await sizeOf(`${graph}.partial`)) > 0);
    assert.equal(await sizeOf(graph), 0);
  });

  it('goes on from there, and the model draws its attention', async () => {
    const held = await sizeOf(`${graph}.partial`);
    hub.faults = () => undefined;
    await enterIdAndAgree();
    await stage.workbench.statusBar().getByText('tiny-bert').waitFor();
    assert.equal(hub.seen.filter(({ file }) => file === GRAPH).at(-1)?.from, held);
    await analyzeSentence(stage);
    await stage.workbench.tab('Attention: tiny-bert').waitFor();
  });
});
