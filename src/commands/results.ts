import * as vscode from 'vscode';
import { findProbe } from '../views/probeTable';
import type { Inference } from '../shared/inference';
import type { AttentionPanel } from '../views/attentionPanel';
import type { History, HistoryEntry } from '../views/history';
import { createdAt, idOf, isOfProbe, makerOf, titleOf } from '../views/history';
import { NoteDocuments } from '../views/notes';
import type { ProbePanels } from '../views/probePanels';
import type { StoredProbe } from '../views/probeResults';
import type { StoredResult } from '../views/results';
import { ResultsView } from '../views/resultsView';
import type { AnalysisSession } from '../views/session';
import { steady } from '../views/steady';
import type { Exports } from './export';

export interface ResultsParts {
  history: History;
  session: AnalysisSession;
  inference: Inference;
  exports: Exports;
  panel(): AttentionPanel;
  probePanels: ProbePanels;
}

/** The results in the side bar and what can be done with them. */
export class Results implements vscode.Disposable {
  readonly view: ResultsView;
  private readonly notes: NoteDocuments;

  readonly commands: Record<string, (entry?: HistoryEntry, all?: HistoryEntry[]) => unknown> = {
    openResult: (entry) => this.open(entry),
    renameResult: (entry) => this.rename(entry),
    pinResult: (entry) => this.pin(entry, true),
    unpinResult: (entry) => this.pin(entry, false),
    editResultNote: async (entry) => {
      const chosen = await this.chosen(entry);
      if (chosen) await this.notes.open(chosen);
    },
    compareResults: (entry, all) => this.compare(entry, all),
    exportResult: (entry) => this.export(entry),
    openSession: () => this.parts.exports.openSession(),
    deleteResult: (entry, all) => this.delete(entry, all),
  };

  constructor(private readonly parts: ResultsParts) {
    const { history, session, probePanels } = parts;
    const shown = () => [...(session.result ? [session.result.runId] : []), ...probePanels.shown];
    const onDidShow = (listener: () => void) =>
      vscode.Disposable.from(session.onDidChange(listener), probePanels.onDidChange(listener));
    this.view = new ResultsView(history, shown, onDidShow);
    this.notes = new NoteDocuments(history);
  }

  dispose(): void {
    vscode.Disposable.from(this.view, this.notes).dispose();
  }

  /** Asks for a result to compare with the one that is shown. */
  async chooseComparison(): Promise<void> {
    const { session, history } = this.parts;
    const shown = session.result;
    const others = (await history.runs.list()).filter(({ result }) => result.runId !== shown?.runId);
    if (!shown || others.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'There is no other result to compare with. Analyze another text, or the same with another model.',
        ),
      );
      return;
    }
    const chosen = await pick(others, vscode.l10n.t('Compare With'));
    if (chosen) await session.compareWith(chosen.result);
  }

  private async open(entry?: HistoryEntry): Promise<void> {
    const chosen = await this.chosen(entry);
    if (!chosen) return;
    if (isOfProbe(chosen)) return this.openProbe(chosen);
    this.parts.panel().show();
    await this.parts.session.open(chosen);
  }

  private async openProbe({ probe, id }: StoredProbe): Promise<void> {
    const stored = findProbe(probe) && (await this.parts.history.probes.read(id));
    if (!stored) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('This result can no longer be read. Run the probe again.'),
      );
      return;
    }
    const panel = this.parts.probePanels.panel(probe);
    panel.session.open(stored);
    panel.show();
  }

  private async rename(entry?: HistoryEntry): Promise<void> {
    const chosen = await this.chosen(entry);
    if (!chosen) return;
    const options = {
      title: vscode.l10n.t('Rename Result'),
      prompt: vscode.l10n.t('Empty: the beginning of the text'),
      value: chosen.name ?? titleOf(chosen),
    };
    const name = await steady(() => vscode.window.showInputBox(options));
    if (name !== undefined) await this.parts.history.mark(chosen, { name: name.trim() || undefined });
  }

  private async pin(entry: HistoryEntry | undefined, pinned: boolean): Promise<void> {
    const chosen = await this.chosen(entry);
    if (chosen) await this.parts.history.mark(chosen, { pinned });
  }

  private async export(entry?: HistoryEntry): Promise<void> {
    const { panel, session, exports, history } = this.parts;
    const shown = !entry && panel().visible ? session.result : null;
    if (shown) return exports.saveWhole(shown);
    const chosen = await this.chosen(entry);
    if (!chosen) return;
    if (!isOfProbe(chosen)) return exports.saveWhole(chosen.result);
    const probe = findProbe(chosen.probe);
    const stored = await history.probes.read(chosen.id);
    if (!probe || !stored) return;
    const { exportStored } = await import('../views/probeExport');
    await exportStored(probe, stored);
  }

  /** Two chosen rows are compared with each other, one with what is shown. */
  private async compare(
    entry?: HistoryEntry,
    all: readonly HistoryEntry[] = this.view.selection,
  ): Promise<void> {
    const [first, second] = all.length === 2 ? all : [undefined, await this.chosen(entry)];
    if (!second) return;
    if (isOfProbe(second)) return this.compareProbes(first, second);
    if (first && isOfProbe(first)) return notComparable();
    await this.compareRuns(first, second);
  }

  private async compareRuns(first: StoredResult | undefined, second: StoredResult): Promise<void> {
    const { session } = this.parts;
    if (first && first.result.runId !== session.result?.runId) await session.open(first);
    if (!session.result) return this.open(second);
    this.parts.panel().show();
    await session.compareWith(second.result);
  }

  private async compareProbes(first: HistoryEntry | undefined, second: StoredProbe): Promise<void> {
    if (first && (!isOfProbe(first) || first.probe !== second.probe)) return notComparable();
    const { history, probePanels } = this.parts;
    const panel = probePanels.panel(second.probe);
    const shown = panel.session.result && (await history.probes.header(panel.session.result.id));
    const before = first ?? shown ?? undefined;
    if (!before || before.id === second.id) return this.openProbe(second);
    await this.openProbe(before);
    const other = await history.probes.read(second.id);
    if (other) panel.session.compareWith(other, names(before, second));
  }

  private async delete(entry?: HistoryEntry, all?: readonly HistoryEntry[]): Promise<void> {
    const one = all?.length ? undefined : await this.chosen(entry);
    const chosen = all?.length ? all : one ? [one] : [];
    const [first] = chosen;
    if (!first) return;
    const question =
      chosen.length === 1
        ? vscode.l10n.t('Delete the result "{0}"?', titleOf(first))
        : vscode.l10n.t('Delete {0} results?', chosen.length);
    const detail = vscode.l10n.t('Its numbers and its note are removed from this machine.');
    const yes = vscode.l10n.t('Delete');
    const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, yes);
    if (answer === yes) for (const gone of chosen) await this.remove(gone);
  }

  /** Forgets a result without asking. */
  async remove(entry: HistoryEntry): Promise<void> {
    if (!isOfProbe(entry)) await this.parts.inference.request('forget', { runId: idOf(entry) });
    await this.parts.history.remove(entry);
  }

  /** The row that the command was given, the chosen row, or what the user picks. */
  private async chosen(entry?: HistoryEntry): Promise<HistoryEntry | undefined> {
    if (entry && ('result' in entry || 'probe' in entry)) return entry;
    const [selected] = this.view.selection;
    if (selected) return selected;
    return pick(await this.parts.history.list(), vscode.l10n.t('Results'));
  }
}

/** What to call two results beside each other: their titles, or A and B where those are the same. */
function names(first: StoredProbe, second: StoredProbe): [string, string] {
  const both = [titleOf(first), titleOf(second)] as [string, string];
  return both[0] === both[1] ? ['A', 'B'] : both;
}

function notComparable(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t('These results are of different kinds. Choose two of one probe, or two attention results.'),
  );
}

async function pick<E extends HistoryEntry>(entries: E[], title: string): Promise<E | undefined> {
  const items = entries.map((entry) => ({
    label: titleOf(entry),
    description: makerOf(entry),
    detail: new Date(createdAt(entry)).toLocaleString(vscode.env.language),
    entry,
  }));
  const placeHolder = entries.length === 0 ? vscode.l10n.t('There is no result yet.') : undefined;
  const options = { title, placeHolder, matchOnDescription: true };
  return (await steady(() => vscode.window.showQuickPick(items, options)))?.entry;
}
