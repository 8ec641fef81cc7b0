import { basename } from 'node:path';
import * as vscode from 'vscode';
import { bundledModels } from '../models/catalogue';
import { saveModel, settings } from './settings';

const RECENT_KEY = 'recentModels';
const RECENT_LIMIT = 8;

type ModelItem = vscode.QuickPickItem & { model?: string; browse?: 'folder' | 'file' };

/** Quick pick over bundled and recently used models, and the way to a folder or an .onnx file on disk. */
export async function chooseModel(memory: vscode.Memento, bundledDir: string): Promise<string | undefined> {
  const picked = await vscode.window.showQuickPick(modelItems(memory, bundledDir), {
    title: vscode.l10n.t('Choose the model that commands use'),
    placeHolder: vscode.l10n.t('Now: {0}', settings.model()),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  const model = picked?.browse ? await browse(picked.browse) : picked?.model;
  if (model === undefined) return undefined;
  await saveModel(model);
  if (picked?.browse) await remember(memory, model);
  return model;
}

async function modelItems(memory: vscode.Memento, bundledDir: string): Promise<ModelItem[]> {
  const current = settings.model();
  const bundled = await bundledModels(bundledDir);
  const recent = memory.get<string[]>(RECENT_KEY, []);
  const mark = (model: string) => (model === current ? '$(check) ' : '');
  return [
    separator(vscode.l10n.t('Bundled')),
    ...bundled.map(({ id, family }) => ({ label: `${mark(id)}${id}`, description: family ?? '', model: id })),
    ...(recent.length > 0 ? [separator(vscode.l10n.t('Recently used'))] : []),
    ...recent.map((path) => ({ label: `${mark(path)}${basename(path)}`, detail: path, model: path })),
    separator(vscode.l10n.t('On disk')),
    {
      label: vscode.l10n.t('$(folder-opened) Open a model folder…'),
      detail: vscode.l10n.t('config.json, tokenizer.json and onnx/*.onnx, as on the Hugging Face Hub'),
      browse: 'folder',
    },
    { label: vscode.l10n.t('$(file) Open an .onnx file…'), browse: 'file' },
  ];
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
