import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Anatomy } from '../shared/anatomy';
import { bundle } from '../shared/bundle';
import { ANATOMY_EDITOR, ANATOMY_VIEW } from '../views/ids';
import type { AnatomyDocument } from '../views/anatomy/document';
import type { AnatomyRow } from '../views/anatomy/rows';
import type * as Bundle from './anatomyExplorer';

const code = bundle<typeof Bundle>('anatomyExplorer');

/** The explorer's commands. */
const COMMANDS = [
  ...[
    'exploreAnatomy',
    'compareAnatomy',
    'openAnatomy',
    'sortAnatomy',
    'filterAnatomy',
    'clearAnatomyFilter',
  ],
  ...['refreshAnatomy', 'copyAnatomyJson', 'copyAnatomyMarkdown', 'copyAnatomyCsv', 'copyTensorName'],
  ...['showLayerAttention'],
] as const;

type Command = (row: AnatomyRow, component?: unknown) => unknown;

/**
 * What VS Code knows of the anatomy explorer before anybody uses it: a view, an editor and commands. The explorer itself is
 * loaded and made with the first that is used.
 */
export class AnatomySetup implements vscode.Disposable {
  readonly commands: Record<string, Command>;
  private made: Bundle.AnatomyExplorer | null = null;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly tree: vscode.TreeView<AnatomyRow>;
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly needs: Bundle.AnatomyNeeds) {
    this.tree = vscode.window.createTreeView(ANATOMY_VIEW, {
      treeDataProvider: this.rows(),
      showCollapseAll: true,
    });
    const editors: vscode.CustomReadonlyEditorProvider<AnatomyDocument> = {
      openCustomDocument: (uri) => this.explorer.editors.openCustomDocument(uri),
      resolveCustomEditor: (document, panel) => this.explorer.editors.resolveCustomEditor(document, panel),
    };
    this.subscriptions = vscode.Disposable.from(
      this.tree,
      this.changed,
      vscode.window.registerCustomEditorProvider(ANATOMY_EDITOR, editors, {
        supportsMultipleEditorsPerDocument: true,
      }),
    );
    const run =
      (name: string): Command =>
      (row, component) =>
        this.explorer.commands[name]?.(row, component);
    this.commands = Object.fromEntries(COMMANDS.map((name) => [name, run(name)]));
  }

  dispose(): void {
    this.made?.dispose();
    this.subscriptions.dispose();
  }

  /** The explorer, made when first asked for. */
  get explorer(): Bundle.AnatomyExplorer {
    const { needs, tree, changed } = this;
    return (this.made ??= new (code().AnatomyExplorer)(needs, { tree, changed }));
  }

  /** What a model on this machine or of the catalogue is made of; undefined where there is none. Throws ProbeError. */
  async read(reference: string, signal?: AbortSignal): Promise<Anatomy | undefined> {
    // Loading the explorer is a piece of work of its own for the host's thread.
    await setImmediate();
    return this.explorer.read(reference, signal);
  }

  private rows(): vscode.TreeDataProvider<AnatomyRow> {
    const view = () => this.explorer.view;
    return {
      onDidChangeTreeData: this.changed.event,
      getChildren: (row) => view().getChildren(row),
      getParent: (row) => view().getParent(row),
      getTreeItem: (row) => view().getTreeItem(row),
      resolveTreeItem: (item, row) => view().resolveTreeItem(item, row),
    };
  }
}
