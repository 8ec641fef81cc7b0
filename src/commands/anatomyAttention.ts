import * as vscode from 'vscode';
import type { AttentionKind, AttentionResult } from '../shared/attention';
import type { AttentionPanel } from '../views/attentionPanel';
import type { AnalysisSession } from '../views/session';
import { Sample } from './sample';
import { saveModel, settings } from './settings';

/** Which layer's attention to show. `kind` is null where the graph has one stack only. */
export interface LayerPlace {
  kind: AttentionKind | null;
  layer: number;
}

/** From a layer of a model to its attention. */
export class LayerAttention {
  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly session: AnalysisSession,
    private readonly panel: AttentionPanel,
  ) {}

  /**
   * Makes the model the one that analyses use, analyzes the last text with it (or a sample sentence, if there was none)
   * unless that is what is shown already, and chooses the layer.
   */
  async show(model: string, place: LayerPlace): Promise<void> {
    if (settings.model() !== model) await saveModel(model);
    this.panel.show();
    const { session } = this;
    if (session.result?.model.id !== model || session.snapshot().error) await this.analyze(model);
    const { result } = session;
    if (result?.model.id !== model) return;
    const kind = kindOf(result, place);
    if (kind !== null) return this.panel.select({ kind, layer: place.layer });
    const text = vscode.l10n.t('The attention view shows no layer {0} of this kind.', place.layer);
    void vscode.window.showWarningMessage(text);
  }

  private async analyze(model: string): Promise<void> {
    if (this.session.hasText) return this.session.rerun({ model });
    const text = await new Sample(this.extensionUri).sentence();
    await this.session.analyze({ model, segments: [{ text, offset: 0 }] });
  }
}

/** The kind of a layer that the result has. */
function kindOf({ layers }: AttentionResult, { kind, layer }: LayerPlace): AttentionKind | null {
  const fits = layers.filter((each) => each.layer === layer);
  const found = fits.find((each) => each.kind === kind) ?? (kind === null ? fits[0] : undefined);
  return found?.kind ?? null;
}
