import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { TokenHighlight } from '../editor/highlight';
import { ProbeError } from '../shared/errors';
import type { ProbeHostEvents, ProbeViewEvents } from '../shared/probe';
import type { ReportAction, TextSpan } from '../shared/report';
import type { EventHandlers } from '../shared/rpc';
import { Rpc } from '../shared/rpc';
import { panelHtml, revealBeside } from './html';
import { PROBE_PANEL } from './ids';
import { exportReport, savePicture } from './probeExport';
import { checked } from './messages';
import { checkProbeEvent } from './probeMessages';
import type { ProbeSession } from './probeSession';
import { SlowProgress } from './slowProgress';

type PanelRpc = Rpc<Record<never, never>, ProbeHostEvents, Record<never, never>, ProbeViewEvents>;

/** What a probe's panel may ask of the rest of the extension. */
export interface ProbePanelActions {
  /** Puts the selection, or the probe's sample, into the session. */
  read(session: ProbeSession, what: 'selection' | 'sample'): void;
  /** Asks for a model of the field's family; undefined if none was chosen. */
  chooseModel(session: ProbeSession, field: string): Promise<string | undefined>;
  /** Does what the session's report offers. */
  act(session: ProbeSession, action: ReportAction): void;
}

/** The panel of one probe, beside the editor. It draws what the probe's session holds. */
export class ProbePanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | null = null;
  private rpc: PanelRpc | null = null;
  private readonly highlight = new TokenHighlight();
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    readonly session: ProbeSession,
    private readonly actions: ProbePanelActions,
  ) {
    const title = vscode.l10n.t('Transformer Probe: {0}', session.probe.title);
    this.subscriptions = vscode.Disposable.from(
      this.highlight,
      session,
      session.onDidChange(() => this.refresh()),
      new SlowProgress(session, title),
    );
  }

  dispose(): void {
    this.panel?.dispose();
    this.subscriptions.dispose();
  }

  get visible(): boolean {
    return this.panel?.visible ?? false;
  }

  /** Opens the panel beside the editor, or brings it to the front; the editor keeps the focus. */
  show(): void {
    void this.session.refreshModels();
    if (this.panel) return revealBeside(this.panel);
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.attach(vscode.window.createWebviewPanel(PROBE_PANEL, this.title, column));
  }

  /** Takes over a panel from before a reload, with the result it showed. */
  async restore(panel: vscode.WebviewPanel, resultId: string | null): Promise<void> {
    if (this.panel) return panel.dispose();
    if (resultId) await this.session.restore(resultId);
    this.attach(panel);
  }

  private get title(): string {
    return this.session.probe.title;
  }

  private attach(panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const root = vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview');
    webview.options = { enableScripts: true, localResourceRoots: [root] };
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'attention-light.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'attention-dark.svg'),
    };
    const rpc: PanelRpc = new Rpc((message) => void webview.postMessage(message), {}, this.events());
    const received = webview.onDidReceiveMessage((message) => rpc.receive(message));
    panel.onDidDispose(() => {
      received.dispose();
      rpc.dispose(new ProbeError('cancelled', l10n.t('The panel was closed.')));
      this.highlight.clear();
      this.panel = null;
      this.rpc = null;
    });
    this.panel = panel;
    this.rpc = rpc;
    panel.title = this.title;
    webview.html = panelHtml(webview, this.extensionUri, 'probe', this.title);
  }

  private events(): EventHandlers<ProbeViewEvents> {
    const { session, actions } = this;
    return checked(checkProbeEvent, {
      ready: () => this.refresh(),
      run: ({ settings, text }) => {
        session.change(settings);
        if (text !== undefined) session.read({ origin: 'typed', segments: [{ text, offset: 0 }] });
        void session.run();
      },
      settings: (settings) => {
        session.change(settings);
        if (session.probe.live) void session.run();
      },
      read: (what) => {
        actions.read(session, what);
        void session.run();
      },
      cancel: () => session.cancel(),
      chooseModel: ({ field }) => void this.fill(field, actions.chooseModel(session, field)),
      chooseFile: ({ field }) => void this.fill(field, chooseFile(session, field)),
      hover: (span) => this.hover(span),
      reveal: (span) => void this.reveal(span),
      act: (action) => actions.act(session, action),
      export: (request) => void exportReport(session, request),
      picture: (request) => void savePicture(session, request),
    });
  }

  private async fill(field: string, chosen: Promise<string | undefined>): Promise<void> {
    const value = await chosen;
    if (value === undefined || !Object.hasOwn(this.session.settings, field)) return;
    this.session.change({ ...this.session.settings, [field]: value });
    if (this.session.probe.live) await this.session.run();
  }

  private refresh(): void {
    this.rpc?.send('snapshot', this.session.snapshot());
  }

  private hover(span: TextSpan | null): void {
    const range = span && this.rangeOf(span);
    const wanted = vscode.workspace.getConfiguration('transformerProbe').get('editor.highlightTokens', true);
    if (range && wanted && this.session.linkedText) this.highlight.show(this.session.linkedText.uri, range);
    else this.highlight.clear();
  }

  private async reveal(span: TextSpan): Promise<void> {
    const range = this.rangeOf(span);
    const document = this.session.linkedText?.document;
    if (!range || !document) return;
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    await vscode.window.showTextDocument(document, { viewColumn: shown?.viewColumn, selection: range });
  }

  private rangeOf({ segment, start, end }: TextSpan): vscode.Range | undefined {
    return this.session.linkedText?.rangeOf({ segment, start, end, special: false });
  }
}

async function chooseFile({ probe }: ProbeSession, field: string): Promise<string | undefined> {
  const described = Object.hasOwn(probe.fields, field) ? probe.fields[field] : undefined;
  if (described?.kind !== 'file') return undefined;
  const options = described.folder
    ? { canSelectFiles: false, canSelectFolders: true }
    : { filters: { [vscode.l10n.t('Data')]: [...described.extensions] } };
  const [uri] = (await vscode.window.showOpenDialog(options)) ?? [];
  return uri?.fsPath;
}
