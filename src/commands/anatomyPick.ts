import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CATALOGUE, shortName } from '../anatomy/catalogue';
import { MODEL_FILE } from '../anatomy/files';
import { bundledModels } from '../models/catalogue';
import { amount } from '../models/hub/progress';
import { catalogueUri, folderUri, hubUri } from '../views/anatomy/address';
import type { ModelSources } from '../views/anatomy/sources';
import { steady } from '../views/steady';
import type { Hub } from './hub';
import { enterId } from './hubSearch';
import { settings } from './settings';

/** Leads to the address of a model; undefined where the user went back. */
type Find = () => Promise<vscode.Uri | undefined>;
type ModelItem = vscode.QuickPickItem & { find?: Find };

const MOST_FILES = 100;

/** Quick picks over everything that has an anatomy: this machine, the workspace, the Hub, the catalogue. */
export class AnatomyPick {
  constructor(
    private readonly bundledDir: string,
    private readonly hub: Hub,
    private readonly sources: ModelSources,
  ) {}

  /** The model that analyses, or the catalogue, know by this name; undefined where nobody does. */
  named(name: string): Promise<vscode.Uri | undefined> {
    return this.sources.addressOf(name);
  }

  /** One model; undefined where none was chosen. */
  async one(title: string): Promise<vscode.Uri | undefined> {
    const picked = await steady(() => vscode.window.showQuickPick(this.items(), { title, ...MATCHING }));
    return picked?.find?.();
  }

  /** Several models. */
  async several(title: string): Promise<vscode.Uri[]> {
    const options = { title, canPickMany: true as const, ...MATCHING };
    const picked = (await steady(() => vscode.window.showQuickPick(this.items(), options))) ?? [];
    const found: vscode.Uri[] = [];
    for (const { find } of picked) {
      const uri = await find?.();
      if (uri) found.push(uri);
    }
    return found;
  }

  private async items(): Promise<ModelItem[]> {
    return [
      ...(await this.onThisMachine()),
      ...(await inWorkspace()),
      ...elsewhere(),
      separator(vscode.l10n.t('Published models, from their configs alone')),
      ...CATALOGUE.map(({ id, config }) => ({
        label: `$(symbol-structure) ${shortName(id)}`,
        description: `${id} · ${config.architectures[0]}`,
        find: at(catalogueUri(id)),
      })),
    ];
  }

  private async onThisMachine(): Promise<ModelItem[]> {
    const current = settings.model();
    const bundled = await bundledModels(this.bundledDir);
    const downloaded = await this.hub.models();
    return [
      {
        label: `$(check) ${basename(current)}`,
        description: vscode.l10n.t('the current model'),
        find: () => this.sources.addressOf(current),
      },
      separator(vscode.l10n.t('On this machine')),
      ...bundled.map(({ id, family }) => ({
        label: `$(package) ${id}`,
        description: family ?? '',
        find: () => this.sources.addressOf(id),
      })),
      ...downloaded.map(({ id, folder, bytes }) => ({
        label: `$(database) ${id}`,
        description: amount(bytes),
        find: at(folderUri(folder)),
      })),
    ];
  }
}

const MATCHING = { matchOnDescription: true, matchOnDetail: true };

async function inWorkspace(): Promise<ModelItem[]> {
  const files = await vscode.workspace.findFiles(
    '**/*.{onnx,safetensors,gguf,safetensors.index.json}',
    '**/node_modules/**',
    MOST_FILES,
  );
  if (files.length === 0) return [];
  const items = files.map((uri) => ({
    label: `$(file) ${basename(uri.path)}`,
    description: vscode.workspace.asRelativePath(uri),
    find: at(uri),
  }));
  return [separator(vscode.l10n.t('In the workspace')), ...items];
}

function elsewhere(): ModelItem[] {
  return [
    separator(vscode.l10n.t('Elsewhere')),
    { label: vscode.l10n.t('$(file) Open a model file…'), find: browseFile, alwaysShow: true },
    { label: vscode.l10n.t('$(folder-opened) Open a model folder…'), find: browseFolder, alwaysShow: true },
    {
      label: vscode.l10n.t('$(cloud) Read a model of the Hugging Face Hub…'),
      detail: vscode.l10n.t('By its id: the headers of its files, not the files'),
      find: async () => {
        const id = await enterId();
        return id === undefined ? undefined : hubUri(id);
      },
      alwaysShow: true,
    },
  ];
}

async function browseFile(): Promise<vscode.Uri | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      openLabel: vscode.l10n.t('Explore'),
      filters: { [vscode.l10n.t('Models')]: ['onnx', 'safetensors', 'gguf', 'json'] },
    })) ?? [];
  if (!uri || MODEL_FILE.test(uri.path) || basename(uri.path) === 'config.json') return uri;
  void vscode.window.showErrorMessage(
    vscode.l10n.t(
      'Only .onnx, .safetensors, .gguf, .safetensors.index.json and config.json files have an anatomy.',
    ),
  );
  return undefined;
}

async function browseFolder(): Promise<vscode.Uri | undefined> {
  const options = {
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Explore'),
  };
  const [uri] = (await vscode.window.showOpenDialog(options)) ?? [];
  return uri && folderUri(uri.fsPath);
}

function at(uri: vscode.Uri): Find {
  return () => Promise.resolve(uri);
}

function separator(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
