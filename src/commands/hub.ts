import * as vscode from 'vscode';
import type { CachedModel } from '../models/hub/cache';
import type { DownloadTarget } from '../models/hub/download';
import { cacheDirectory } from '../models/hub/layout';
import type { RetryPolicy } from '../models/hub/retry';
import type { HubTokens } from './hubTokens';
import { settings } from './settings';

/** The Hub and the cache as the settings have them now, and news of what changes in the cache. */
export class Hub implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** A model was downloaded, checked or removed. */
  readonly onDidChange = this.changed.event;

  constructor(
    readonly tokens: HubTokens,
    readonly log: (message: string) => void,
    private readonly retry?: RetryPolicy,
  ) {}

  dispose(): void {
    this.changed.dispose();
  }

  get cacheDir(): string {
    return cacheDirectory(settings.hubCacheDirectory());
  }

  /** Where to download from and to. The global fetch follows VS Code's proxy settings. */
  async target(): Promise<DownloadTarget> {
    const { log, retry } = this;
    const options = { endpoint: settings.hubEndpoint(), offline: settings.hubOffline() };
    const token = await this.tokens.get();
    const { HubClient } = await import('../models/hub/client');
    const client = new HubClient({
      ...options,
      token,
      log,
      retry,
      fetch: (url, init) => globalThis.fetch(url, init),
    });
    return { client, cacheDir: this.cacheDir };
  }

  async models(): Promise<CachedModel[]> {
    const { listModels } = await import('../models/hub/cache');
    return listModels(this.cacheDir);
  }

  /** Tells everyone that the cache is not as it was. */
  notify(): void {
    this.changed.fire();
  }
}
