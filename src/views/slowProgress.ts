import * as vscode from 'vscode';

const SHOW_AFTER_MS = 1000;

/** Work that may take long and can be stopped. */
export interface SlowWork {
  readonly onDidChange: vscode.Event<void>;
  readonly busy: boolean;
  cancel(): void;
}

/** Progress with a Cancel button for every analysis that takes longer than a second, wherever it was started from. */
export class SlowProgress implements vscode.Disposable {
  private timer: NodeJS.Timeout | null = null;
  private finish: (() => void) | null = null;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly session: SlowWork,
    private readonly title = vscode.l10n.t('Transformer Probe: running the model'),
  ) {
    this.subscription = session.onDidChange(() => (session.busy ? this.start() : this.stop()));
  }

  dispose(): void {
    this.subscription.dispose();
    this.stop();
  }

  private start(): void {
    if (!this.finish) this.timer ??= setTimeout(() => this.open(), SHOW_AFTER_MS);
  }

  private stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.finish?.();
    this.finish = null;
  }

  private open(): void {
    const done = new Promise<void>((resolve) => (this.finish = resolve));
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: this.title,
      cancellable: true,
    };
    void vscode.window.withProgress(options, (_progress, token) => {
      token.onCancellationRequested(() => this.session.cancel());
      return done;
    });
  }
}
