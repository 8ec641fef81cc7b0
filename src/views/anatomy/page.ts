import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { AnatomyClient } from '../../anatomy/client';
import type { AnatomyHostEvents, AnatomyViewEvents, AnatomyViewRequests } from '../../shared/anatomyProtocol';
import { ProbeError } from '../../shared/errors';
import type { EventHandlers, RequestHandlers } from '../../shared/rpc';
import { Rpc } from '../../shared/rpc';
import { panelHtml } from '../html';
import { titleOf } from './address';
import type { AnatomyDocument } from './document';
import { checked } from '../messages';
import { anatomyParams, checkAnatomyEvent } from './messages';

/** What the page may ask of the rest of the extension. */
export interface AnatomyActions {
  reveal(document: AnatomyDocument, what: AnatomyViewEvents['reveal']): void;
  showAttention(document: AnatomyDocument, where: AnatomyViewEvents['showAttention']): void;
  addComparison(document: AnatomyDocument): void;
  openModel(): void;
}

/** One anatomy editor: the page, and what it asks of the worker. The document keeps everything. */
export class AnatomyPage implements vscode.Disposable {
  private readonly rpc: Rpc<Record<never, never>, AnatomyHostEvents, AnatomyViewRequests, AnatomyViewEvents>;
  private readonly subscriptions: vscode.Disposable;
  /** Set until the page can be told: it has just been made or was hidden. */
  private waiting: AnatomyHostEvents['select'] | null = null;
  private isReady = false;
  private soon: NodeJS.Immediate | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly document: AnatomyDocument,
    extensionUri: vscode.Uri,
    private readonly client: AnatomyClient,
    private readonly actions: AnatomyActions,
  ) {
    const { webview } = panel;
    const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    webview.options = { enableScripts: true, localResourceRoots: [root] };
    this.rpc = new Rpc((message) => void webview.postMessage(message), this.requests(), this.events());
    this.subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((message) => this.rpc.receive(message)),
      document.onDidChange(() => this.refresh()),
      // A hidden page is gone, and says so again when it is back.
      panel.onDidChangeViewState(() => (this.isReady &&= panel.visible)),
    );
    webview.html = panelHtml(webview, extensionUri, 'anatomy', vscode.l10n.t('Model Anatomy'));
  }

  dispose(): void {
    clearImmediate(this.soon);
    this.subscriptions.dispose();
    this.rpc.dispose(new ProbeError('cancelled', l10n.t('The editor was closed.')));
  }

  /** Shows a component or a tensor. */
  select(what: AnatomyHostEvents['select']): void {
    if (this.isReady) this.rpc.send('select', what);
    else this.waiting = what;
  }

  /** Several changes at once are one snapshot: they are large. */
  private refresh(): void {
    clearImmediate(this.soon);
    this.soon = setImmediate(() => {
      if (this.isReady) this.rpc.send('snapshot', this.document.snapshot());
    });
  }

  private start(): void {
    this.isReady = true;
    this.rpc.send('snapshot', this.document.snapshot());
    if (this.waiting) this.rpc.send('select', this.waiting);
    this.waiting = null;
  }

  private requests(): RequestHandlers<AnatomyViewRequests> {
    const { client } = this;
    const known = <T extends { key: string; other?: string }>(params: T) => this.known(params);
    return {
      operators: (body, signal) => client.ask('operators', known(anatomyParams.operators(body)), signal),
      nodes: (body, signal) => client.ask('nodes', known(anatomyParams.nodes(body)), signal),
      structure: (body, signal) => client.ask('structure', known(anatomyParams.structure(body)), signal),
      statistics: (body, signal, report) =>
        client.ask('statistics', known(anatomyParams.statistics(body)), signal, report),
      slice: (body, signal, report) => client.ask('slice', known(anatomyParams.slice(body)), signal, report),
      weights: (body, signal, report) =>
        client.ask('weights', known(anatomyParams.weights(body)), signal, report),
      savePicture: (body) => this.savePicture(anatomyParams.savePicture(body)),
    };
  }

  private events(): EventHandlers<AnatomyViewEvents> {
    const { document, actions } = this;
    return checked(checkAnatomyEvent, {
      ready: () => this.start(),
      refresh: () => void document.explored.read(),
      cancel: () => document.cancel(),
      reveal: (what) => actions.reveal(document, what),
      showAttention: (where) => actions.showAttention(document, where),
      addComparison: () => actions.addComparison(document),
      removeComparison: ({ key }) => document.remove(key),
      openModel: () => actions.openModel(),
      copy: ({ format, component }) => void this.copy(format, component),
      copyText: ({ text }) => void vscode.env.clipboard.writeText(text),
    });
  }

  private async copy(format: AnatomyViewEvents['copy']['format'], component: string | null): Promise<void> {
    const { key } = this.document.explored.model ?? {};
    if (key === undefined) return;
    await vscode.env.clipboard.writeText(await this.client.ask('text', { key, component, format }));
  }

  private async savePicture(picture: AnatomyViewRequests['savePicture'][0]): Promise<{ saved: boolean }> {
    const { uri } = this.document;
    const name = `${titleOf(uri).replace(/\.\w+$/, '')}.${picture.format}`;
    const folder = uri.scheme === 'file' ? vscode.Uri.joinPath(uri, '..') : workspaceFolder();
    const target = await vscode.window.showSaveDialog({
      ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
      filters: picture.format === 'svg' ? { SVG: ['svg'] } : { PNG: ['png'] },
    });
    if (!target) return { saved: false };
    const bytes = picture.format === 'svg' ? new TextEncoder().encode(picture.data) : picture.data;
    await vscode.workspace.fs.writeFile(target, bytes);
    return { saved: true };
  }

  /** The parameters, if they are about models of this document. */
  private known<T extends { key: string; other?: string }>(params: T): T {
    this.document.modelOf(params.key);
    if (params.other !== undefined) this.document.modelOf(params.other);
    return params;
  }
}

function workspaceFolder(): vscode.Uri | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri;
}
