import type { CancellationToken } from 'vscode';

/** Aborts when the token is cancelled: by a progress notification's Cancel, or by the chat that asked. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
