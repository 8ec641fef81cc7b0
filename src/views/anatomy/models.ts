import * as vscode from 'vscode';
import type { AnatomyClient } from '../../anatomy/client';
import type { ModelAnatomy } from '../../shared/anatomyProtocol';
import type { ErrorMessage } from '../../shared/errors';
import { toErrorMessage } from '../../shared/errors';
import { addressOf, titleOf } from './address';
import type { ModelSources } from './sources';

/** A file that is being written changes many times: it is read again when it has been left alone this long. */
const QUIET_MS = 500;

/** Every model that an editor or the tree shows, once each. */
export class AnatomyModels implements vscode.Disposable {
  private readonly models = new Map<string, ExploredModel>();

  constructor(
    private readonly client: AnatomyClient,
    private readonly sources: ModelSources,
  ) {}

  /** The model at an address, which is read if nobody has it yet. `release` has to follow. */
  acquire(uri: vscode.Uri): ExploredModel {
    const id = uri.toString();
    let model = this.models.get(id);
    if (!model) {
      model = new ExploredModel(uri, this.client, this.sources);
      this.models.set(id, model);
      void model.read();
    }
    model.holders++;
    return model;
  }

  release(model: ExploredModel): void {
    if (--model.holders > 0) return;
    this.models.delete(model.uri.toString());
    model.dispose();
  }

  dispose(): void {
    for (const model of this.models.values()) model.dispose();
    this.models.clear();
  }
}

/** One model as it is known now: what was read last, what goes on, and what went wrong. */
export class ExploredModel implements vscode.Disposable {
  model: ModelAnatomy | null = null;
  error: ErrorMessage | null = null;
  /** The file on disk is not the one that was read. */
  stale = false;
  /** By what an analysis opens it; null where it cannot. */
  reference: string | null = null;
  /** Who shows it. */
  holders = 0;
  private running: AbortController | null = null;
  private later: NodeJS.Timeout | undefined;
  private disposed = false;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly watcher: vscode.Disposable | null;
  readonly onDidChange = this.changed.event;

  constructor(
    readonly uri: vscode.Uri,
    private readonly client: AnatomyClient,
    private readonly sources: ModelSources,
  ) {
    this.watcher = this.watch();
  }

  get busy(): boolean {
    return this.running !== null;
  }

  /** Reads it, again if it was read before. Resolves when that is done or has failed. */
  async read(): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.error = null;
    this.changed.fire();
    try {
      const { place, reference } = await this.sources.find(this.uri, running.signal);
      const opened = await this.client.open(this.uri.toString(), place, running.signal);
      if (this.running !== running) return void (await this.client.close(opened.key));
      this.reference = reference;
      const runs = reference !== null && opened.anatomy.graphs.some(({ attention }) => attention.length > 0);
      this.replace({ ...opened, hasAttention: runs });
    } catch (error) {
      if (this.running === running) this.error = toErrorMessage(error);
    } finally {
      if (this.running === running) {
        this.running = null;
        this.changed.fire();
      }
    }
  }

  /** Stops reading; what was read before stays. */
  cancel(): void {
    this.running?.abort();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    clearTimeout(this.later);
    this.running?.abort();
    this.running = null;
    this.watcher?.dispose();
    this.changed.dispose();
    if (this.model) void this.client.close(this.model.key);
  }

  private replace(model: ModelAnatomy): void {
    const before = this.model;
    this.model = model;
    this.stale = false;
    if (before) void this.client.close(before.key);
  }

  /** Local files only: others tell of no changes. */
  private watch(): vscode.Disposable | null {
    const address = addressOf(this.uri);
    if (address?.kind !== 'file' || this.uri.scheme !== 'file') return null;
    const folder = vscode.Uri.joinPath(this.uri, '..');
    const pattern = new vscode.RelativePattern(folder, escaped(titleOf(this.uri)));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const onChange = () => this.outdated();
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(onChange),
      watcher.onDidCreate(onChange),
      watcher.onDidDelete(onChange),
    );
  }

  private outdated(): void {
    this.stale = this.model !== null;
    this.changed.fire();
    clearTimeout(this.later);
    this.later = setTimeout(() => void this.read(), QUIET_MS);
  }
}

/** A file name as a glob pattern that means itself. */
function escaped(name: string): string {
  return name.replace(/[[\]{}*?]/g, '[$&]');
}
