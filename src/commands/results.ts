import * as vscode from 'vscode';
import type { Inference } from '../shared/inference';
import type { AttentionPanel } from '../views/attentionPanel';
import { NoteDocuments } from '../views/notes';
import type { ResultFiles, StoredResult } from '../views/results';
import { ResultsView, titleOf } from '../views/resultsView';
import type { AnalysisSession } from '../views/session';
import type { Exports } from './export';

export interface ResultsParts {
  files: ResultFiles;
  session: AnalysisSession;
  inference: Inference;
  exports: Exports;
  panel(): AttentionPanel;
}

/** The results in the side bar and what can be done with them. */
export class Results implements vscode.Disposable {
  readonly view: ResultsView;
  private readonly notes: NoteDocuments;

  readonly commands: Record<string, (stored?: StoredResult, all?: StoredResult[]) => unknown> = {
    openResult: (stored) => this.open(stored),
    renameResult: (stored) => this.rename(stored),
    pinResult: (stored) => this.pin(stored, true),
    unpinResult: (stored) => this.pin(stored, false),
    editResultNote: async (stored) => {
      const chosen = await this.chosen(stored);
      if (chosen) await this.notes.open(chosen);
    },
    compareResults: (stored, all) => this.compare(stored, all),
    exportResult: async (stored) => {
      const shown = this.parts.panel().visible ? this.parts.session.result : null;
      const result = stored?.result ?? shown ?? (await this.chosen())?.result;
      if (result) await this.parts.exports.saveWhole(result);
    },
    openSession: () => this.parts.exports.openSession(),
    deleteResult: (stored, all) => this.delete(stored, all),
  };

  constructor(private readonly parts: ResultsParts) {
    const { files, session } = parts;
    this.view = new ResultsView(files, () => session.result?.runId, session.onDidChange);
    this.notes = new NoteDocuments(files);
  }

  dispose(): void {
    vscode.Disposable.from(this.view, this.notes).dispose();
  }

  /** Asks for a result to compare with the one that is shown. */
  async chooseComparison(): Promise<void> {
    const { session } = this.parts;
    const shown = session.result;
    const others = (await this.parts.files.list()).filter(({ result }) => result.runId !== shown?.runId);
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

  private async open(stored?: StoredResult): Promise<void> {
    const chosen = await this.chosen(stored);
    if (!chosen) return;
    this.parts.panel().show();
    await this.parts.session.open(chosen);
  }

  private async rename(stored?: StoredResult): Promise<void> {
    const chosen = await this.chosen(stored);
    if (!chosen) return;
    const name = await vscode.window.showInputBox({
      title: vscode.l10n.t('Rename Result'),
      prompt: vscode.l10n.t('Empty: the beginning of the text'),
      value: chosen.name ?? titleOf(chosen),
    });
    if (name !== undefined)
      await this.parts.files.mark(chosen.result.runId, { name: name.trim() || undefined });
  }

  private async pin(stored: StoredResult | undefined, pinned: boolean): Promise<void> {
    const chosen = await this.chosen(stored);
    if (chosen) await this.parts.files.mark(chosen.result.runId, { pinned });
  }

  /** Two chosen rows are compared with each other, one with what is shown. */
  private async compare(
    stored?: StoredResult,
    all: readonly StoredResult[] = this.view.selection,
  ): Promise<void> {
    const { session } = this.parts;
    const [first, second] = all.length === 2 ? all : [undefined, await this.chosen(stored)];
    if (!second) return;
    if (first && first.result.runId !== session.result?.runId) await session.open(first);
    if (!session.result) return this.open(second);
    this.parts.panel().show();
    await session.compareWith(second.result);
  }

  private async delete(stored?: StoredResult, all?: readonly StoredResult[]): Promise<void> {
    const one = all?.length ? undefined : await this.chosen(stored);
    const chosen = all?.length ? all : one ? [one] : [];
    if (chosen.length === 0) return;
    const question =
      chosen.length === 1
        ? vscode.l10n.t('Delete the result "{0}"?', titleOf(chosen[0] as StoredResult))
        : vscode.l10n.t('Delete {0} results?', chosen.length);
    const detail = vscode.l10n.t('Its weights and its note are removed from this machine.');
    const yes = vscode.l10n.t('Delete');
    const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, yes);
    if (answer === yes) for (const { result } of chosen) await this.remove(result.runId);
  }

  /** Forgets a result without asking. */
  async remove(runId: string): Promise<void> {
    await this.parts.inference.request('forget', { runId });
    await this.parts.files.remove(runId);
  }

  /** The row that the command was given, the chosen row, or what the user picks. */
  private async chosen(stored?: StoredResult): Promise<StoredResult | undefined> {
    if (stored?.result) return stored;
    const [selected] = this.view.selection;
    if (selected) return selected;
    return pick(await this.parts.files.list(), vscode.l10n.t('Results'));
  }
}

async function pick(results: StoredResult[], title: string): Promise<StoredResult | undefined> {
  const items = results.map((stored) => ({
    label: titleOf(stored),
    description: stored.result.model.name,
    detail: new Date(stored.result.createdAt).toLocaleString(vscode.env.language),
    stored,
  }));
  const placeHolder = results.length === 0 ? vscode.l10n.t('There is no result yet.') : undefined;
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.stored;
}
