import * as vscode from 'vscode';
import type { Anatomy } from '../../shared/anatomy';
import type { AnatomyEditors } from './editors';
import { ANATOMY_VIEW } from '../ids';
import type { AnatomyModels, ExploredModel } from './models';
import type { AnatomyRow, RowOptions } from './rows';
import { findRow, modelRows } from './rows';
import { factsOf, iconOf, labelOf, spokenLabel, tooltipOf } from './rowTexts';

const FILTER_CONTEXT = 'transformerProbe.anatomyFiltered';

/** What the view needs to know of the rest of the extension. */
export interface AnatomyViewOptions {
  /** The address of the model that analyses use; undefined where there is none under its name. */
  current(): Promise<vscode.Uri | undefined>;
  /** That model may be another one now. */
  onDidChangeCurrent: vscode.Event<void>;
}

/** The tree as VS Code has it, and how to tell it that its rows have changed. Both belong to who made them. */
export interface AnatomyTree {
  tree: vscode.TreeView<AnatomyRow>;
  changed: vscode.EventEmitter<void>;
}

/**
 * The tree of one model in the side bar: that of the anatomy editor that was active last, else the model that analyses
 * use. Nothing is read before the view is looked at.
 */
export class AnatomyView implements vscode.TreeDataProvider<AnatomyRow>, vscode.Disposable {
  readonly view: vscode.TreeView<AnatomyRow>;
  private readonly changed: vscode.EventEmitter<void>;
  private readonly subscriptions: vscode.Disposable;
  private explored: ExploredModel | null = null;
  private following: vscode.Disposable | null = null;
  private root: AnatomyRow | null = null;
  private shown: RowOptions = { order: 'order', filter: '' };

  constructor(
    { tree, changed }: AnatomyTree,
    private readonly models: AnatomyModels,
    private readonly editors: AnatomyEditors,
    private readonly options: AnatomyViewOptions,
  ) {
    this.view = tree;
    this.changed = changed;
    const update = () => void (this.view.visible && this.update());
    this.subscriptions = vscode.Disposable.from(
      this.view.onDidChangeVisibility(update),
      editors.onDidChangeCurrent(update),
      options.onDidChangeCurrent(update),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
    this.follow(null);
  }

  /** The model in the tree, once it has been read. */
  get model(): ExploredModel | null {
    return this.explored;
  }

  get rowOptions(): RowOptions {
    return this.shown;
  }

  /** Sorts and filters. */
  async show(options: Partial<RowOptions>): Promise<void> {
    this.shown = { ...this.shown, ...options };
    await vscode.commands.executeCommand('setContext', FILTER_CONTEXT, this.shown.filter !== '');
    this.refresh();
  }

  /** Shows a component or a tensor in the tree; a filter that hides it is dropped. */
  async reveal(uri: vscode.Uri, what: { component: string } | { tensor: number }): Promise<void> {
    await vscode.commands.executeCommand(`${ANATOMY_VIEW}.focus`);
    await this.update();
    if (this.explored?.uri.toString() !== uri.toString() || !this.root) return;
    if (!findRow(this.root, what)) await this.show({ filter: '' });
    const row = this.root && findRow(this.root, what);
    if (row) await this.view.reveal(row, { select: true, focus: true, expand: 1 });
  }

  async getChildren(row?: AnatomyRow): Promise<AnatomyRow[]> {
    if (row) return row.children;
    if (!this.explored) await this.update();
    return this.root ? [this.root] : [];
  }

  getParent(row: AnatomyRow): AnatomyRow | undefined {
    return row.kind === 'model' ? undefined : row.parent;
  }

  getTreeItem(row: AnatomyRow): vscode.TreeItem {
    const { anatomy } = this;
    if (!anatomy) return new vscode.TreeItem('');
    const item = new vscode.TreeItem(labelOf(anatomy, row), this.stateOf(row));
    item.id = `${this.explored?.model?.key ?? ''} ${this.shown.filter} ${row.id}`;
    item.description = factsOf(anatomy, row).join(' · ');
    item.iconPath = iconOf(anatomy, row);
    item.contextValue = this.contextOf(row);
    item.accessibilityInformation = { label: spokenLabel(anatomy, row) };
    return item;
  }

  /** The tooltip, made when the pointer rests on the row. */
  resolveTreeItem(item: vscode.TreeItem, row: AnatomyRow): vscode.TreeItem {
    if (this.anatomy) item.tooltip = tooltipOf(this.anatomy, row);
    return item;
  }

  private get anatomy(): Anatomy | null {
    return this.explored?.model?.anatomy ?? null;
  }

  /** Takes the model that is to be shown now. */
  private async update(): Promise<void> {
    const uri = this.editors.current?.uri ?? (await this.options.current().catch(() => undefined));
    if (uri?.toString() === this.explored?.uri.toString()) return;
    this.follow(uri ? this.models.acquire(uri) : null);
    this.refresh();
  }

  private follow(explored: ExploredModel | null): void {
    this.following?.dispose();
    const before = this.explored;
    this.explored = explored;
    this.following = explored?.onDidChange(() => this.refresh()) ?? null;
    if (before) this.models.release(before);
  }

  private refresh(): void {
    const { anatomy, explored } = this;
    this.root = anatomy && modelRows(anatomy, this.shown);
    this.view.message = this.messageOf(explored);
    this.view.description = anatomy?.name;
    this.changed.fire();
  }

  private messageOf(explored: ExploredModel | null): string | undefined {
    if (explored?.error) return explored.error.message;
    if (explored?.busy && !explored.model) return vscode.l10n.t('Reading the model…');
    const { filter } = this.shown;
    if (filter === '' || !this.root) return explored?.model?.anatomy.problems[0];
    return this.root.children.length === 0
      ? vscode.l10n.t('Nothing in this model matches "{0}".', filter)
      : vscode.l10n.t('Only what matches "{0}"', filter);
  }

  private stateOf(row: AnatomyRow): vscode.TreeItemCollapsibleState {
    if (row.children.length === 0) return vscode.TreeItemCollapsibleState.None;
    const isOpen = row.kind === 'model' || (this.shown.filter !== '' && row.kind === 'component');
    return isOpen ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
  }

  /** Which commands a row offers: those of its kind, and the attention of its layer where that can be shown. */
  private contextOf(row: AnatomyRow): string {
    const hasLayer = this.explored?.model?.hasAttention === true && layersOf(this.anatomy, row).length > 0;
    return hasLayer ? `${row.kind}+attention` : row.kind;
  }
}

/** The layers that a row is about, ascending; empty outside of the blocks. */
export function layersOf(anatomy: Anatomy | null, row: AnatomyRow): number[] {
  if (row.kind === 'tensor') return [anatomy?.tensors[row.index]?.layer ?? []].flat();
  for (let at: AnatomyRow = row; at.kind !== 'model'; at = at.parent) {
    if (at.kind === 'component' && at.component.layers) return at.component.layers;
  }
  return [];
}
