import { join } from 'node:path';
import * as vscode from 'vscode';
import { AnatomyClient } from '../anatomy/client';
import type { Anatomy } from '../shared/anatomy';
import { AnatomyEditors } from '../views/anatomy/editors';
import { AnatomyModels } from '../views/anatomy/models';
import type { AnatomyRow } from '../views/anatomy/rows';
import { ModelSources } from '../views/anatomy/sources';
import type { AnatomyTree } from '../views/anatomy/treeView';
import { AnatomyView } from '../views/anatomy/treeView';
import type { AttentionPanel } from '../views/attentionPanel';
import type { AnalysisSession } from '../views/session';
import { AnatomyCommands } from './anatomy';
import { LayerAttention } from './anatomyAttention';
import { AnatomyPick } from './anatomyPick';
import type { Hub } from './hub';
import { messagesFile } from './language';
import { settings } from './settings';

/** What the anatomy explorer needs of the rest of the extension. */
export interface AnatomyNeeds {
  extension: vscode.ExtensionContext;
  bundledDir: string;
  hub: Hub;
  session: AnalysisSession;
  panel: AttentionPanel;
}

/** The anatomy explorer: its view, its editors and its commands by their names. */
export class AnatomyExplorer implements vscode.Disposable {
  readonly client: AnatomyClient;
  readonly editors: AnatomyEditors;
  readonly view: AnatomyView;
  readonly commands: Record<string, (row: AnatomyRow, component?: unknown) => unknown>;
  private readonly sources: ModelSources;
  private readonly subscriptions: vscode.Disposable;

  constructor({ extension, bundledDir, hub, session, panel }: AnatomyNeeds, tree: AnatomyTree) {
    const client = new AnatomyClient(extension.asAbsolutePath(join('dist', 'anatomy.js')), undefined, {
      messagesFile: messagesFile(),
    });
    this.client = client;
    const hubClient = async () => (await hub.target()).client;
    const sources = new ModelSources({ bundledDir, cacheDir: () => hub.cacheDir, hubClient });
    this.sources = sources;
    const models = new AnatomyModels(client, sources);
    const commands: AnatomyCommands = new AnatomyCommands(() => ({
      ...{ client, editors: this.editors, view: this.view },
      pick: new AnatomyPick(bundledDir, hub, sources),
      attention: new LayerAttention(extension.extensionUri, session, panel),
    }));
    const modelChanged = new vscode.EventEmitter<void>();
    this.editors = new AnatomyEditors(extension.extensionUri, models, client, commands.actions);
    this.view = new AnatomyView(tree, models, this.editors, {
      current: () => sources.addressOf(settings.model()),
      onDidChangeCurrent: modelChanged.event,
    });
    this.commands = commandTable(commands);
    this.subscriptions = vscode.Disposable.from(
      ...[this.view, this.editors, models, modelChanged, { dispose: () => void client.dispose() }],
      hub.onDidChange(() => modelChanged.fire()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('transformerProbe.model')) modelChanged.fire();
      }),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  /** What a model on this machine or of the catalogue is made of; undefined where there is none. Throws ProbeError. */
  async read(reference: string, signal?: AbortSignal): Promise<Anatomy | undefined> {
    const uri = await this.sources.addressOf(reference);
    if (!uri) return undefined;
    const { place } = await this.sources.find(uri, signal);
    const { key, anatomy } = await this.client.open(uri.toString(), place, signal);
    await this.client.close(key);
    return anatomy;
  }
}

function commandTable(anatomy: AnatomyCommands): AnatomyExplorer['commands'] {
  return {
    exploreAnatomy: (name, component) => anatomy.explore(name, component),
    compareAnatomy: () => anatomy.compare(),
    openAnatomy: (row) => anatomy.open(row),
    sortAnatomy: () => anatomy.sort(),
    filterAnatomy: () => anatomy.filter(),
    clearAnatomyFilter: () => anatomy.clearFilter(),
    refreshAnatomy: () => anatomy.refresh(),
    copyAnatomyJson: (row) => anatomy.copy('json', row),
    copyAnatomyMarkdown: (row) => anatomy.copy('markdown', row),
    copyAnatomyCsv: (row) => anatomy.copy('csv', row),
    copyTensorName: (row) => anatomy.copyName(row),
    showLayerAttention: (row) => anatomy.showAttention(row),
  };
}
