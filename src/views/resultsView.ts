import * as vscode from 'vscode';
import { writtenByUser } from '../shared/attention';
import type { ResultFiles, StoredResult } from './results';

export const RESULTS_VIEW = 'transformerProbe.results';

const SHOWN_TEXT = 60;
const TOOLTIP_TEXT = 500;

/** The history of runs in the side bar: text, model and time; pinned ones first. */
export class ResultsView implements vscode.TreeDataProvider<StoredResult>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<StoredResult>;
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly files: ResultFiles,
    private readonly shown: () => string | undefined,
    onDidShow: vscode.Event<void>,
  ) {
    this.view = vscode.window.createTreeView(RESULTS_VIEW, { treeDataProvider: this, canSelectMany: true });
    let before = shown();
    const follow = () => {
      if (shown() === before) return;
      before = shown();
      this.changed.fire();
    };
    this.subscriptions = vscode.Disposable.from(
      this.view,
      this.changed,
      files.onDidChange(() => this.changed.fire()),
      onDidShow(follow),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  get selection(): readonly StoredResult[] {
    return this.view.selection;
  }

  getChildren(): Promise<StoredResult[]> {
    return this.files.list();
  }

  getTreeItem(stored: StoredResult): vscode.TreeItem {
    const { result, pinned, note } = stored;
    const isShown = result.runId === this.shown();
    const item = new vscode.TreeItem(titleOf(stored));
    const time = new Date(result.createdAt).toLocaleString(vscode.env.language);
    const written = result.generation ? [vscode.l10n.t('generated')] : [];
    const facts = [result.model.name, time, ...written, ...(note ? [vscode.l10n.t('note')] : [])];
    item.id = result.runId;
    item.description = facts.join(' · ');
    item.iconPath = new vscode.ThemeIcon(pinned ? 'pinned' : isShown ? 'eye' : 'history');
    item.contextValue = pinned ? 'pinnedResult' : 'result';
    item.command = {
      command: 'transformerProbe.openResult',
      title: vscode.l10n.t('Open Result'),
      arguments: [stored],
    };
    const states = [
      ...(pinned ? [vscode.l10n.t('pinned')] : []),
      ...(isShown ? [vscode.l10n.t('shown')] : []),
    ];
    item.accessibilityInformation = { label: [titleOf(stored), ...facts, ...states].join(', ') };
    return item;
  }

  /** Plain text, made when the pointer rests on the row: what users analyze is not to be rendered. */
  resolveTreeItem(item: vscode.TreeItem, stored: StoredResult): vscode.TreeItem {
    const { result, note } = stored;
    const { target, timing, model } = result;
    const lines = [
      shortened(textOf(stored), TOOLTIP_TEXT),
      ...(target ? [`→ ${shortened(target.text, TOOLTIP_TEXT)}`] : []),
      '',
      `${model.id} · ${vscode.l10n.t('{0} tokens', result.tokens.length)} · ${timing.runMs.toFixed(0)} ms`,
      ...(note ? ['', shortened(note, TOOLTIP_TEXT)] : []),
    ];
    item.tooltip = lines.join('\n');
    return item;
  }
}

/** The name that the user gave, or the beginning of the text. */
export function titleOf(stored: StoredResult): string {
  const text = stored.name ?? shortened(textOf(stored).replace(/\s+/g, ' ').trim(), SHOWN_TEXT);
  return text || vscode.l10n.t('(token ids)');
}

function textOf({ result }: StoredResult): string {
  return writtenByUser(result)
    .map(({ text }) => text)
    .join('\n');
}

function shortened(text: string, length: number): string {
  const characters = [...text.slice(0, 2 * length)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}
