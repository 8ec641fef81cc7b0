import * as vscode from 'vscode';
import { PROVIDER_NAMES, type ProviderUse } from '../shared/provider';
import type { AnalysisSession } from './session';

/** What computed a run, for a tooltip. */
export function describeProvider({ used, refused }: ProviderUse): string {
  const name = PROVIDER_NAMES[used];
  if (!refused) return vscode.l10n.t('Runs on {0}.', name);
  const asked = PROVIDER_NAMES[refused.provider];
  return vscode.l10n.t('Runs on {0}: {1} cannot be used here ({2}).', name, asked, refused.reason);
}

/** Says once a window that the provider which the settings name is not the one that computes. */
export class ProviderNotice implements vscode.Disposable {
  private readonly told = new Set<string>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly session: AnalysisSession) {
    this.subscription = session.onDidChange(() => void this.update());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async update(): Promise<void> {
    const use = this.session.result?.provider;
    if (this.session.busy || !use?.refused) return;
    const { provider } = use.refused;
    if (this.told.has(provider)) return;
    this.told.add(provider);
    const change = vscode.l10n.t('Open Setting');
    const chosen = await vscode.window.showWarningMessage(describeProvider(use), change);
    if (chosen !== change) return;
    await vscode.commands.executeCommand(
      'workbench.action.openSettings',
      'transformerProbe.inference.provider',
    );
  }
}
