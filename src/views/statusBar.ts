import * as vscode from 'vscode';
import { basename } from 'node:path';
import { describeProvider } from './providerNotice';
import type { AnalysisSession } from './session';

/** The status bar item: the model that commands use, a spinner while it runs, and the way to another model. */
export class ModelStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'transformerProbe.model',
    vscode.StatusBarAlignment.Right,
    90,
  );
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly session: AnalysisSession,
    private readonly model: () => string,
  ) {
    this.item.name = vscode.l10n.t('Transformer Probe: model');
    this.item.command = 'transformerProbe.chooseModel';
    this.subscriptions = vscode.Disposable.from(
      this.item,
      session.onDidChange(() => this.update()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('transformerProbe.model')) this.update();
      }),
    );
    this.update();
    this.item.show();
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private update(): void {
    const name = basename(this.model());
    const busy = this.session.busy;
    this.item.text = `${busy ? '$(loading~spin)' : '$(eye)'} ${name}`;
    this.item.tooltip = busy
      ? vscode.l10n.t('Transformer Probe: {0} is running', name)
      : vscode.l10n.t('Transformer Probe uses {0}. Click to choose another model.', name);
    const use = this.session.result?.provider;
    if (use && !busy) this.item.tooltip += `\n${describeProvider(use)}`;
    this.item.accessibilityInformation = { label: this.item.tooltip };
  }
}
