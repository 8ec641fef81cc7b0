import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { ProbeError } from '../shared/errors';
import { PROBE_PANEL } from './ids';
import { checkProbeState } from './probeMessages';
import type { ProbePanelActions } from './probePanel';
import type { ProbePanel } from './probePanel';
import type { ProbeServices } from './probeSession';
import { findProbe, probes } from './probeTable';

/** The panels of all probes, one a probe, made when first needed. */
export class ProbePanels implements vscode.Disposable {
  private readonly panels = new Map<string, ProbePanel>();
  private readonly subscription: vscode.Disposable;
  private readonly changed = new vscode.EventEmitter<void>();

  /** What a panel shows has changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly services: ProbeServices,
    private readonly actions: ProbePanelActions,
  ) {
    this.subscription = vscode.window.registerWebviewPanelSerializer(PROBE_PANEL, {
      deserializeWebviewPanel: (panel, state) => this.restore(panel, state),
    });
  }

  dispose(): void {
    vscode.Disposable.from(this.subscription, this.changed).dispose();
    for (const panel of this.panels.values()) panel.dispose();
    this.panels.clear();
  }

  /** The panel of the probe with this id. */
  panel(id: string): ProbePanel {
    const known = this.panels.get(id);
    if (known) return known;
    const probe = findProbe(id);
    if (!probe) throw new ProbeError('usage', l10n.t`There is no probe "${id}".`);
    const { ProbePanel, ProbeSession } = probes();
    const panel = new ProbePanel(this.extensionUri, new ProbeSession(probe, this.services), this.actions);
    panel.session.onDidChange(() => this.changed.fire());
    this.panels.set(probe.id, panel);
    return panel;
  }

  /** Ids of the results in panels that are on the screen. */
  get shown(): string[] {
    const visible = [...this.panels.values()].filter((panel) => panel.visible);
    return visible.flatMap(({ session }) => session.result?.id ?? []);
  }

  private async restore(webviewPanel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const checked = checkProbeState(state);
    const probe = checked && findProbe(checked.probe);
    if (!probe) return webviewPanel.dispose();
    await this.panel(probe.id).restore(webviewPanel, checked.resultId);
  }
}
