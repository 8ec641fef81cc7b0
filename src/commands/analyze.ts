import * as vscode from 'vscode';
import { selectedSegments } from '../editor/selection';
import type { AttentionPanel } from '../views/attentionPanel';
import type { AnalysisRequest, AnalysisSession } from '../views/session';
import { settings } from './settings';

const LAST_RUN_KEY = 'lastRun';

/** The commands that start an analysis or bring one back. */
export class AnalyzeCommands {
  private lastText = '';

  constructor(
    private readonly session: AnalysisSession,
    private readonly panel: AttentionPanel,
    private readonly memory: vscode.Memento,
  ) {
    session.onDidChange(() => this.rememberRun());
  }

  /** Analyses the selections of the active editor: each is a segment. */
  async selection(): Promise<void> {
    const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
    const segments = editor ? selectedSegments(editor) : [];
    if (!editor || segments.length === 0) {
      return suggestSample(vscode.l10n.t('Select some text in an editor, then run Analyze Selection again.'));
    }
    await this.run({ model: settings.model(), segments, source: editor.document.uri });
  }

  /** Asks for a text and analyses it. */
  async text(): Promise<void> {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Analyze Text'),
      prompt: vscode.l10n.t('The text that {0} should read', settings.model()),
      value: this.lastText,
      ignoreFocusOut: true,
      validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Enter at least one word.') : undefined),
    });
    if (text === undefined) return;
    this.lastText = text;
    await this.run({ model: settings.model(), segments: [{ text, offset: 0 }] });
  }

  /** Brings back the last result of this workspace, without running anything; the focus goes with it. */
  async showLastResult(): Promise<void> {
    const last = this.memory.get<string>(LAST_RUN_KEY);
    const there = this.session.result !== null || (last !== undefined && (await this.session.restore(last)));
    if (there) return this.panel.show(true);
    suggestSample(vscode.l10n.t('There is no result yet. Select some text and run Analyze Selection.'));
  }

  private rememberRun(): void {
    const runId = this.session.result?.runId;
    if (runId && runId !== this.memory.get(LAST_RUN_KEY)) void this.memory.update(LAST_RUN_KEY, runId);
  }

  private async run(request: AnalysisRequest): Promise<void> {
    this.panel.show();
    await this.session.analyze(request);
  }
}

/** Says what is missing, with the sample as a way to go on. Resolves at once. */
function suggestSample(message: string): void {
  const sample = vscode.l10n.t('Open Sample');
  const chosen = vscode.window.showInformationMessage(message, sample);
  void chosen.then((action) => action && vscode.commands.executeCommand('transformerProbe.openSample'));
}
