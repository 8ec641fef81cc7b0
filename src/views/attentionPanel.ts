import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { AttentionColors } from '../editor/attentionColors';
import { TokenHighlight } from '../editor/highlight';
import { writtenByUser } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import { checkPanelState } from '../shared/panelState';
import type { HostEvents, PanelState, ViewEvents, ViewRequests } from '../shared/protocol';
import type { EventHandlers, RequestHandlers } from '../shared/rpc';
import { Rpc } from '../shared/rpc';
import { exportParams } from './analysisMessages';
import { analysisRequests } from './analysisRequests';
import { panelHtml, revealBeside } from './html';
import { checked, checkEvent, headParams, overviewParams } from './messages';
import type { AnalysisSession } from './session';

export const ATTENTION_VIEW = 'transformerProbe.attention';

type PanelRpc = Rpc<Record<never, never>, HostEvents, ViewRequests, ViewEvents>;

/** What the panel may ask of the rest of the extension. */
export interface PanelActions {
  chooseModel(): void;
  analyzeSelection(): void;
  /** Lets the user choose a result to compare with. */
  compare(): void;
  export(params: ViewRequests['export'][0]): Promise<ViewRequests['export'][1]>;
}

/**
 * The attention panel: one a window, beside the editor. It draws what the session holds, and ties tokens to the editor
 * both ways: hovering a token highlights its range, moving the cursor marks its token.
 */
export class AttentionPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | null = null;
  private rpc: PanelRpc | null = null;
  private cursorToken: number | null = null;
  /** The page has said that it is there. A hidden page is gone, and says so again when it is back. */
  private isListening = false;
  private waiting: HostEvents['select'] | null = null;
  private lookLater: PanelState | null = null;
  private readonly highlight = new TokenHighlight();
  private readonly colors = new AttentionColors();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly session: AnalysisSession,
    private readonly inference: Inference,
    private readonly actions: PanelActions,
  ) {
    this.subscriptions = [
      this.highlight,
      this.colors,
      session.onDidChange(() => this.refresh()),
      vscode.window.onDidChangeTextEditorSelection((event) => this.followCursor(event.textEditor)),
      vscode.window.registerWebviewPanelSerializer(ATTENTION_VIEW, {
        deserializeWebviewPanel: (panel, state) => this.restore(panel, state),
      }),
    ];
  }

  dispose(): void {
    this.panel?.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  get visible(): boolean {
    return this.panel?.visible ?? false;
  }

  /** Opens the panel beside the editor, or brings it to the front; the editor keeps the focus unless the panel takes it. */
  show(takesFocus = false): void {
    if (this.panel) return revealBeside(this.panel, takesFocus);
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: !takesFocus };
    this.attach(vscode.window.createWebviewPanel(ATTENTION_VIEW, vscode.l10n.t('Attention'), column));
  }

  /** Moves the page's choice of layer and head, as soon as there is a page that hears it. */
  select(address: HostEvents['select']): void {
    if (this.isListening) this.rpc?.send('select', address);
    else this.waiting = address;
  }

  /** Shows the page as it was when this state was kept, as soon as there is a page that hears it. */
  look(state: PanelState): void {
    if (this.isListening) this.rpc?.send('look', state);
    else this.lookLater = state;
  }

  private async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const runId = checkPanelState(state)?.runId;
    if (this.panel) return panel.dispose();
    if (runId) await this.session.restore(runId);
    this.attach(panel);
  }

  private attach(panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const root = vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview');
    webview.options = { enableScripts: true, localResourceRoots: [root] };
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'attention-light.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'attention-dark.svg'),
    };
    const rpc: PanelRpc = new Rpc(
      (message) => void webview.postMessage(message),
      this.requests(),
      this.events(),
    );
    const received = webview.onDidReceiveMessage((message) => rpc.receive(message));
    panel.onDidChangeViewState(() => (this.isListening &&= panel.visible));
    panel.onDidDispose(() => {
      this.isListening = false;
      received.dispose();
      rpc.dispose(new ProbeError('cancelled', l10n.t('The panel was closed.')));
      this.highlight.clear();
      this.colors.clear();
      this.panel = null;
      this.rpc = null;
    });
    this.panel = panel;
    this.rpc = rpc;
    webview.html = panelHtml(webview, this.extensionUri, 'attention', panel.title);
  }

  private requests(): RequestHandlers<ViewRequests> {
    return {
      overview: (body: unknown) => this.inference.request('overview', overviewParams(body)),
      head: (body: unknown) => this.inference.request('head', headParams(body)),
      ...analysisRequests(this.inference, this.session),
      export: (body: unknown) => this.actions.export(exportParams(body)),
    };
  }

  private events(): EventHandlers<ViewEvents> {
    const { session, actions } = this;
    return checked(checkEvent, {
      ready: ({ state }) => void this.start(state),
      hover: (token) => this.hover(token),
      reveal: ({ token }) => void this.reveal(token),
      rerun: ({ text, target }) => void this.rerunEdited(text, target),
      refresh: () => void session.rerun(),
      window: ({ index }) => void session.rerun({ overflow: index }),
      colorEditor: (body) => this.color(body),
      cancel: () => session.cancelOrStopWriting(),
      generate: (options) => void session.generate(options),
      compare: () => actions.compare(),
      stopComparing: () => void session.compareWith(null),
      chooseModel: () => actions.chooseModel(),
      analyzeSelection: () => actions.analyzeSelection(),
    });
  }

  private async start(state: PanelState | null): Promise<void> {
    if (state?.runId && !this.session.result) await this.session.restore(state.runId);
    this.isListening = true;
    this.refresh();
    if (this.waiting) this.rpc?.send('select', this.waiting);
    this.waiting = null;
    if (this.lookLater) this.rpc?.send('look', this.lookLater);
    this.lookLater = null;
  }

  private refresh(): void {
    if (!this.panel) return;
    const { result } = this.session;
    this.panel.title = result
      ? vscode.l10n.t('Attention: {0}', result.model.name)
      : vscode.l10n.t('Attention');
    this.rpc?.send('snapshot', this.session.snapshot());
    this.cursorToken = null;
    const linked = this.session.linkedText?.uri.toString();
    const editor = vscode.window.visibleTextEditors.find(
      ({ document }) => document.uri.toString() === linked,
    );
    if (editor) this.followCursor(editor);
  }

  /** The edited text stands alone, without a link to the document; only a new target keeps the link. */
  private async rerunEdited(text: string, target: string | undefined): Promise<void> {
    const { result } = this.session;
    const same =
      result &&
      writtenByUser(result)
        .map((segment) => segment.text)
        .join('\n') === text;
    const alone = { segments: [{ text, offset: 0 }], source: undefined };
    await this.session.rerun({ ...(!same && alone), target });
  }

  private hover(hovered: ViewEvents['hover']): void {
    const range = this.rangeOf(hovered?.side === 'input' ? hovered.token : undefined);
    const wanted = vscode.workspace.getConfiguration('transformerProbe').get('editor.highlightTokens', true);
    if (range && wanted && this.session.linkedText) this.highlight.show(this.session.linkedText.uri, range);
    else this.highlight.clear();
  }

  /** Colors the tokens in the editor; nothing where the text has changed since. */
  private color(body: ViewEvents['colorEditor']): void {
    const { linkedText, result } = this.session;
    if (!body || !linkedText || !result || linkedText.stale) return this.colors.clear();
    const ranges = result.tokens.map((token) => linkedText.rangeOf(token));
    this.colors.show(linkedText.uri, ranges, body.weights);
  }

  /** Colors the text in the editor as in the panel, or no longer. */
  toggleEditorColors(): void {
    this.show();
    this.rpc?.send('toggleEditorColors', null);
  }

  private async reveal(token: number): Promise<void> {
    const range = this.rangeOf(token);
    const document = this.session.linkedText?.document;
    if (!range || !document) return;
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    await vscode.window.showTextDocument(document, { viewColumn: shown?.viewColumn, selection: range });
  }

  private rangeOf(token: number | undefined): vscode.Range | undefined {
    const found = token === undefined ? undefined : this.session.result?.tokens[token];
    return found && this.session.linkedText?.rangeOf(found);
  }

  private followCursor(editor: vscode.TextEditor): void {
    const { linkedText, result } = this.session;
    if (!this.panel?.visible || !linkedText || !result) return;
    if (editor.document.uri.toString() !== linkedText.uri.toString()) return;
    const token = linkedText.tokenAt(result.tokens, editor.selection.active);
    if (token === this.cursorToken) return;
    this.cursorToken = token;
    this.rpc?.send('cursor', { token });
  }
}
