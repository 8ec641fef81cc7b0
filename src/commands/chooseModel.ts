import { basename } from 'node:path';
import * as vscode from 'vscode';
import { bundledModels } from '../models/catalogue';
import { CATALOGUE, type CatalogueModel } from '../models/hub/catalogue';
import { amount } from '../models/hub/progress';
import { steady } from '../views/steady';
import type { Hub } from './hub';
import { saveModel, settings } from './settings';

const RECENT_KEY = 'recentModels';
const RECENT_LIMIT = 8;

/** What picking a row does. */
type Action =
  | { kind: 'use'; model: string }
  | { kind: 'browse'; what: 'folder' | 'file' }
  | { kind: 'download'; id: string }
  | { kind: 'search'; words: string }
  | { kind: 'enter' };

type ModelItem = vscode.QuickPickItem & { action?: Action };

/** Quick pick over the models there are and the ways to others. Saves the choice; undefined where none was made. */
export async function chooseModel(
  memory: vscode.Memento,
  bundledDir: string,
  hub: Hub,
): Promise<string | undefined> {
  const options = {
    title: vscode.l10n.t('Choose the model that commands use'),
    placeHolder: vscode.l10n.t('Now: {0}', settings.model()),
    matchOnDescription: true,
    matchOnDetail: true,
  };
  const picking = steady(() => vscode.window.showQuickPick(modelItems(memory, bundledDir, hub), options));
  void hubDialogs();
  const picked = await picking;
  const model = picked?.action && (await follow(picked.action, hub));
  if (model === undefined) return undefined;
  await saveModel(model);
  if (picked?.action?.kind === 'browse') await remember(memory, model);
  return model;
}

/** The Hub's dialogs. Loaded while the first pick is open. */
const hubDialogs = () => Promise.all([import('./hubDownload'), import('./hubSearch')]);

/** Leads to the reference of a model that can be opened. */
async function follow(action: Action, hub: Hub): Promise<string | undefined> {
  if (action.kind === 'use') return action.model;
  if (action.kind === 'browse') return browse(action.what);
  const [{ downloadModel }, { enterId, searchHub }] = await hubDialogs();
  const downloadIf = (id: string | undefined) => (id === undefined ? undefined : downloadModel(hub, { id }));
  switch (action.kind) {
    case 'download':
      return downloadIf(action.id);
    case 'search':
      return downloadIf(await searchHub(hub, action.words));
    case 'enter':
      return downloadIf(await enterId());
  }
}

async function modelItems(memory: vscode.Memento, bundledDir: string, hub: Hub): Promise<ModelItem[]> {
  const current = settings.model();
  const downloaded = (await hub.models()).filter(({ precisions }) => precisions.length > 0);
  const ids = [...new Set(downloaded.map(({ id }) => id))];
  return [
    separator(vscode.l10n.t('Bundled')),
    ...(await bundledModels(bundledDir)).map(({ id, family }) =>
      use(id, current, { description: family ?? '' }),
    ),
    ...(ids.length > 0 ? [separator(vscode.l10n.t('Downloaded'))] : []),
    ...ids.map((id) => use(id, current, { description: amount(sizeOf(id, downloaded)) })),
    ...onDisk(memory.get<string[]>(RECENT_KEY, []), current),
    ...fromHub(),
    ...wellKnownModels(ids),
  ];
}

function onDisk(recent: string[], current: string): ModelItem[] {
  return [
    separator(vscode.l10n.t('On disk')),
    ...recent.map((path) => ({
      ...use(path, current, { detail: path }),
      label: mark(path, current) + basename(path),
    })),
    {
      label: vscode.l10n.t('$(folder-opened) Open a model folder…'),
      detail: vscode.l10n.t('config.json, tokenizer.json and onnx/*.onnx, as on the Hugging Face Hub'),
      action: { kind: 'browse', what: 'folder' },
    },
    { label: vscode.l10n.t('$(file) Open an .onnx file…'), action: { kind: 'browse', what: 'file' } },
  ];
}

function fromHub(): ModelItem[] {
  return [
    separator(vscode.l10n.t('Hugging Face Hub')),
    {
      label: vscode.l10n.t('$(search) Search the Hugging Face Hub…'),
      action: { kind: 'search', words: '' },
      alwaysShow: true,
    },
    { label: vscode.l10n.t('$(edit) Enter a model id…'), action: { kind: 'enter' }, alwaysShow: true },
  ];
}

function wellKnownModels(downloaded: string[]): ModelItem[] {
  return [
    ...wellKnown(vscode.l10n.t('Well-known encoders'), 'encoder-only', downloaded),
    ...wellKnown(vscode.l10n.t('Well-known decoders'), 'decoder-only', downloaded),
    ...wellKnown(vscode.l10n.t('Well-known encoder-decoders'), 'encoder-decoder', downloaded),
  ];
}

function wellKnown(label: string, family: CatalogueModel['family'], downloaded: string[]): ModelItem[] {
  const models = CATALOGUE.filter(
    (model) => model.family === family && !downloaded.includes(model.repository),
  );
  return models.length > 0 ? [separator(label), ...models.map(catalogueItem)] : [];
}

function catalogueItem({ name, repository, bytes, license, isForCode }: CatalogueModel): ModelItem {
  const size = bytes === null ? vscode.l10n.t('size is looked up before the download') : amount(bytes);
  const facts = [size, license ?? vscode.l10n.t('license not stated')];
  if (isForCode) facts.push(vscode.l10n.t('for code'));
  return {
    label: `$(cloud-download) ${name}`,
    description: facts.join(', '),
    detail: repository,
    action: { kind: 'download', id: repository },
  };
}

function use(model: string, current: string, more: Partial<ModelItem>): ModelItem {
  return { label: mark(model, current) + model, action: { kind: 'use', model }, ...more };
}

function mark(model: string, current: string): string {
  return model === current ? '$(check) ' : '';
}

function sizeOf(id: string, models: { id: string; bytes: number }[]): number {
  return models.filter((model) => model.id === id).reduce((sum, { bytes }) => sum + bytes, 0);
}

function separator(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

async function browse(what: 'folder' | 'file'): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: what === 'file',
      canSelectFolders: what === 'folder',
      openLabel: vscode.l10n.t('Use Model'),
      filters: what === 'file' ? { ONNX: ['onnx'] } : undefined,
    })) ?? [];
  return uri?.fsPath;
}

async function remember(memory: vscode.Memento, model: string): Promise<void> {
  const others = memory.get<string[]>(RECENT_KEY, []).filter((path) => path !== model);
  await memory.update(RECENT_KEY, [model, ...others].slice(0, RECENT_LIMIT));
}
