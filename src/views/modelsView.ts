import * as vscode from 'vscode';
import { wellKnown } from '../models/hub/catalogue';
import { amount } from '../models/hub/progress';
import type { ListedModel, ModelState, ReadAnatomy } from './modelList';

export const MODELS_VIEW = 'transformerProbe.models';

/** What the view needs to know of the rest of the extension. */
export interface ModelsSource {
  bundledDir: string;
  cacheDir(): string;
  /** The reference of the model in use. */
  current(): string;
  readAnatomy: ReadAnatomy;
  /** The cache has changed. */
  onDidChange: vscode.Event<void>;
}

/** A model, or the row that leads to more of them. */
type Row = ListedModel | 'choose';

/** The tree of the models on this machine, in the side bar. */
export class ModelsView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly source: ModelsSource) {
    const view = vscode.window.createTreeView(MODELS_VIEW, { treeDataProvider: this });
    this.subscriptions = vscode.Disposable.from(
      view,
      this.changed,
      source.onDidChange(() => this.refresh()),
      view.onDidChangeVisibility(({ visible }) => visible && this.refresh()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        const names = ['transformerProbe.model', 'transformerProbe.hub'];
        if (names.some((name) => event.affectsConfiguration(name))) this.refresh();
      }),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  refresh(): void {
    this.changed.fire();
  }

  /** The bundled models and the downloaded ones; where none is downloaded, the way to do so. */
  async getChildren(): Promise<Row[]> {
    const { listAllModels } = await import('./modelList');
    const { bundledDir, cacheDir, readAnatomy } = this.source;
    const models = await listAllModels(bundledDir, cacheDir(), readAnatomy);
    return models.length > 0 && models.every(({ cached }) => cached === null)
      ? [...models, 'choose']
      : models;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    if (row === 'choose') return chooseItem();
    const isCurrent = isSame(this.source.current(), row.reference);
    const item = new vscode.TreeItem(row.name);
    const facts = factsOf(row);
    item.id = row.folder;
    item.description = facts.join(' · ');
    item.iconPath = new vscode.ThemeIcon(isCurrent && row.state === 'verified' ? 'check' : iconOf(row));
    item.contextValue =
      row.cached === null ? 'bundled' : row.state === 'unfinished' ? 'unfinished' : 'downloaded';
    const used = isCurrent ? [vscode.l10n.t('in use')] : [];
    item.accessibilityInformation = { label: [row.name, ...used, ...facts].join(', ') };
    return item;
  }

  /** The tooltip, made when the pointer rests on the row. */
  resolveTreeItem(item: vscode.TreeItem, row: Row): vscode.TreeItem {
    if (row !== 'choose') item.tooltip = tooltip(row);
    return item;
  }
}

function factsOf({ family, bytes, cached, precisions, state }: ListedModel): string[] {
  const facts = [family ?? vscode.l10n.t('family unknown'), amount(bytes), precisions.join(', ')];
  facts.push(cached?.commit.slice(0, 8) ?? vscode.l10n.t('bundled'), stateName(state));
  return facts.filter((fact) => fact !== '');
}

function stateName(state: ModelState): string {
  switch (state) {
    case 'verified':
      return vscode.l10n.t('verified');
    case 'touched':
      return vscode.l10n.t('not verified since a change');
    case 'damaged':
      return vscode.l10n.t('damaged');
    case 'unfinished':
      return vscode.l10n.t('download not finished');
  }
}

function iconOf({ state, cached }: ListedModel): string {
  if (state === 'damaged') return 'warning';
  if (state === 'touched') return 'question';
  if (state === 'unfinished') return 'cloud-download';
  return cached === null ? 'package' : 'database';
}

function chooseItem(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Choose Model…'));
  item.description = vscode.l10n.t('nothing is downloaded yet');
  item.iconPath = new vscode.ThemeIcon('add');
  item.command = { command: 'transformerProbe.chooseModel', title: vscode.l10n.t('Choose Model…') };
  return item;
}

/** Plain text: what repositories say of themselves is not to be rendered. */
function tooltip(model: ListedModel): string {
  const { record, commit, unfinishedBytes } = model.cached ?? {};
  const lines = [
    model.name,
    vscode.l10n.t('Licence: {0}', model.license ?? vscode.l10n.t('not stated')),
    ...(record
      ? [
          vscode.l10n.t(
            'From {0}, {1}',
            record.host,
            new Date(record.date).toLocaleString(vscode.env.language),
          ),
        ]
      : []),
    ...(commit ? [vscode.l10n.t('Revision: {0}', [...(record?.revisions ?? []), commit].join(' '))] : []),
    ...(unfinishedBytes ? [vscode.l10n.t('{0} of files that are not whole', amount(unfinishedBytes))] : []),
    ...(record?.files ?? []).map(({ path, size }) => `${path}  ${amount(size)}`),
    model.folder,
  ];
  return lines.join('\n');
}

function isSame(current: string, reference: string): boolean {
  return current === reference || wellKnown(current)?.repository === reference;
}
