import * as vscode from 'vscode';
import type { AnatomyClient } from '../anatomy/client';
import type { ExportFormat } from '../anatomy/export';
import type { AttentionKind } from '../shared/attention';
import { toErrorMessage } from '../shared/errors';
import type { AnatomyDocument } from '../views/anatomy/document';
import type { AnatomyEditors } from '../views/anatomy/editors';
import type { AnatomyActions } from '../views/anatomy/page';
import type { AnatomyRow, RowOrder } from '../views/anatomy/rows';
import type { AnatomyView } from '../views/anatomy/treeView';
import { layersOf } from '../views/anatomy/treeView';
import { steady } from '../views/steady';
import type { LayerAttention } from './anatomyAttention';
import type { AnatomyPick } from './anatomyPick';

/** What the commands need of the rest of the extension. */
export interface AnatomyParts {
  editors: AnatomyEditors;
  view: AnatomyView;
  client: AnatomyClient;
  pick: AnatomyPick;
  attention: LayerAttention;
}

/** The commands of the anatomy view and its editors. */
export class AnatomyCommands {
  /** The parts are asked for when a command runs: the editors need the actions to be made. */
  constructor(private readonly partsNow: () => AnatomyParts) {}

  /** Opens the editor of the model with this name, at a component of it; without a name lets the user choose. */
  async explore(name?: unknown, component?: unknown): Promise<void> {
    const { pick, editors } = this.parts;
    const named = typeof name === 'string' ? await pick.named(name) : undefined;
    const uri = named ?? (await pick.one(vscode.l10n.t('Explore the anatomy of a model')));
    if (uri) await editors.open(uri, typeof component === 'string' ? { component } : undefined);
  }

  /** Opens the editor of the model in the tree, at the row where it was asked for. */
  async open(row?: AnatomyRow): Promise<void> {
    const { view, editors } = this.parts;
    if (!view.model) return this.explore();
    const what =
      row?.kind === 'component'
        ? { component: row.component.id }
        : row?.kind === 'tensor'
          ? { tensor: row.index }
          : undefined;
    await editors.open(view.model.uri, what);
  }

  /** Puts models beside the one of the active editor, or beside the first that is chosen. */
  async compare(): Promise<void> {
    const { editors, pick } = this.parts;
    const document = editors.current;
    const title = document
      ? vscode.l10n.t('Put beside {0}', document.explored.model?.anatomy.name ?? '')
      : vscode.l10n.t('Compare models: choose two or more');
    const uris = await pick.several(title);
    const [first] = uris;
    if (!first) return;
    await editors.open(document?.uri ?? first);
    for (const uri of uris) editors.current?.add(uri);
  }

  async sort(): Promise<void> {
    const orders: (vscode.QuickPickItem & { order: RowOrder })[] = [
      { label: vscode.l10n.t('Order of computation'), order: 'order' },
      { label: vscode.l10n.t('Parameters, most first'), order: 'size' },
      { label: vscode.l10n.t('Name'), order: 'name' },
    ];
    const now = this.parts.view.rowOptions.order;
    const items = orders.map((item) => ({ ...item, ...(item.order === now && { description: '✓' }) }));
    const title = vscode.l10n.t('Sort the tree by');
    const picked = await steady(() => vscode.window.showQuickPick(items, { title }));
    if (picked) await this.parts.view.show({ order: picked.order });
  }

  async filter(): Promise<void> {
    const options = {
      title: vscode.l10n.t('Filter the Tree'),
      prompt: vscode.l10n.t('Part of a name, a type such as F16, or a shape such as 768x768'),
      value: this.parts.view.rowOptions.filter,
    };
    const filter = await steady(() => vscode.window.showInputBox(options));
    if (filter !== undefined) await this.parts.view.show({ filter });
  }

  clearFilter(): Promise<void> {
    return this.parts.view.show({ filter: '' });
  }

  refresh(): void {
    void this.parts.view.model?.read();
  }

  /** Puts the model of the tree, or one component of it, on the clipboard. */
  async copy(format: ExportFormat, row?: AnatomyRow): Promise<void> {
    const { key } = this.parts.view.model?.model ?? {};
    if (key === undefined) return;
    const component = row?.kind === 'component' ? row.component.id : null;
    try {
      const text = await this.parts.client.ask('text', { key, component, format });
      await vscode.env.clipboard.writeText(text);
    } catch (error) {
      void vscode.window.showErrorMessage(toErrorMessage(error).message);
    }
  }

  async copyName(row: AnatomyRow): Promise<void> {
    const tensor =
      row.kind === 'tensor' ? this.parts.view.model?.model?.anatomy.tensors[row.index] : undefined;
    if (tensor) await vscode.env.clipboard.writeText(tensor.name);
  }

  /** Shows the attention of the layer that a row is about; asks which where it is about several. */
  async showAttention(row: AnatomyRow): Promise<void> {
    const { model, reference } = this.parts.view.model ?? {};
    if (!model?.hasAttention || !reference) return;
    const layer = await chooseLayer(layersOf(model.anatomy, row));
    if (layer !== undefined) await this.parts.attention.show(reference, { kind: kindOf(row), layer });
  }

  private get parts(): AnatomyParts {
    return this.partsNow();
  }

  /** What the pages of the editors may ask for. */
  readonly actions: AnatomyActions = {
    reveal: ({ uri }, what) => void this.parts.view.reveal(uri, what),
    showAttention: ({ explored: { reference } }, place) => {
      if (reference !== null) void this.parts.attention.show(reference, place);
    },
    addComparison: (document) => void addTo(document, this.parts.pick),
    openModel: () => void this.explore(),
  };
}

async function addTo(document: AnatomyDocument, pick: AnatomyPick): Promise<void> {
  for (const uri of await pick.several(vscode.l10n.t('Put models beside this one'))) document.add(uri);
}

async function chooseLayer(layers: readonly number[]): Promise<number | undefined> {
  if (layers.length < 2) return layers[0];
  const items = layers.map((layer) => ({ label: vscode.l10n.t('Layer {0}', layer), layer }));
  const title = vscode.l10n.t('The attention of which layer?');
  const picked = await steady(() => vscode.window.showQuickPick(items, { title }));
  return picked?.layer;
}

/** The attention that a row is about: by the stack it is in, and by its own kind. Null where there is one stack. */
function kindOf(row: AnatomyRow): AttentionKind | null {
  const kinds = new Set<string>();
  for (let at = row; at.kind !== 'model'; at = at.parent)
    if (at.kind === 'component') kinds.add(at.component.kind);
  if (kinds.has('cross-attention')) return 'cross';
  return kinds.has('decoder') ? 'decoder' : kinds.has('encoder') ? 'encoder' : null;
}
