import * as vscode from 'vscode';
import { defaultSettings } from '../probes/settings';
import { isUsed } from '../shared/fields';
import { findProbe } from './probeTable';
import type { History, HistoryEntry } from './history';
import { createdAt, idOf, isOfProbe, makerOf, shortened, textOf, titleOf } from './history';
import type { StoredProbe } from './probeResults';
import type { StoredResult } from './results';

export const RESULTS_VIEW = 'transformerProbe.results';

const TOOLTIP_TEXT = 500;
/** A live probe writes at every move of a slider: the list is read again at most this often. */
const REFRESH_MS = 200;

/** The history of results in the side bar: text, what made them and when; pinned ones first. */
export class ResultsView implements vscode.TreeDataProvider<HistoryEntry>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<HistoryEntry>;
  private readonly subscriptions: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly history: History,
    /** Ids of the results that panels show now. */
    private readonly shown: () => readonly string[],
    onDidShow: vscode.Event<void>,
  ) {
    this.view = vscode.window.createTreeView(RESULTS_VIEW, { treeDataProvider: this, canSelectMany: true });
    let before = shown().join();
    const follow = () => {
      if (shown().join() === before) return;
      before = shown().join();
      this.refreshSoon();
    };
    this.subscriptions = vscode.Disposable.from(
      this.view,
      this.changed,
      history.onDidChange(() => this.refreshSoon()),
      onDidShow(follow),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscriptions.dispose();
  }

  get selection(): readonly HistoryEntry[] {
    return this.view.selection;
  }

  getChildren(): Promise<HistoryEntry[]> {
    return this.history.list();
  }

  getTreeItem(entry: HistoryEntry): vscode.TreeItem {
    const { pinned, note } = entry;
    const isShown = this.shown().includes(idOf(entry));
    const item = new vscode.TreeItem(titleOf(entry));
    const time = new Date(createdAt(entry)).toLocaleString(vscode.env.language);
    const written = !isOfProbe(entry) && entry.result.generation ? [vscode.l10n.t('generated')] : [];
    const facts = [makerOf(entry), time, ...written, ...(note ? [vscode.l10n.t('note')] : [])];
    item.id = idOf(entry);
    item.description = facts.join(' · ');
    item.iconPath = new vscode.ThemeIcon(
      pinned ? 'pinned' : isShown ? 'eye' : isOfProbe(entry) ? 'beaker' : 'history',
    );
    item.contextValue = pinned ? 'pinnedResult' : 'result';
    item.command = {
      command: 'transformerProbe.openResult',
      title: vscode.l10n.t('Open Result'),
      arguments: [entry],
    };
    const states = [
      ...(pinned ? [vscode.l10n.t('pinned')] : []),
      ...(isShown ? [vscode.l10n.t('shown')] : []),
    ];
    item.accessibilityInformation = { label: [titleOf(entry), ...facts, ...states].join(', ') };
    return item;
  }

  /** Plain text, made when the pointer rests on the row: what users analyze is not to be rendered. */
  resolveTreeItem(item: vscode.TreeItem, entry: HistoryEntry): vscode.TreeItem {
    const { note } = entry;
    const text = shortened(textOf(entry), TOOLTIP_TEXT);
    const about = isOfProbe(entry) ? aboutProbe(entry) : aboutRun(entry);
    const lines = [...(text ? [text] : []), ...about, ...(note ? ['', shortened(note, TOOLTIP_TEXT)] : [])];
    item.tooltip = lines.join('\n');
    return item;
  }

  private refreshSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.changed.fire();
    }, REFRESH_MS);
  }
}

function aboutRun({ result: { target, tokens, timing, model } }: StoredResult): string[] {
  return [
    ...(target ? [`→ ${shortened(target.text, TOOLTIP_TEXT)}`] : []),
    '',
    `${model.id} · ${vscode.l10n.t('{0} tokens', tokens.length)} · ${timing.runMs.toFixed(0)} ms`,
  ];
}

/** The probe, and the settings that are not its defaults. */
function aboutProbe(entry: StoredProbe): string[] {
  const fields = findProbe(entry.probe)?.fields ?? {};
  const defaults = defaultSettings(fields);
  const changed = Object.entries(entry.settings).filter(
    ([name, value]) => value !== defaults[name] && isUsed(fields, entry.settings, name),
  );
  return [
    '',
    `${makerOf(entry)} · ${entry.runMs.toFixed(0)} ms`,
    ...changed.map(([name, value]) => `${fields[name]?.label ?? name}: ${shortened(String(value), 80)}`),
  ];
}
