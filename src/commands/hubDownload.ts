import * as vscode from 'vscode';
import { planDownload, runDownload, type DownloadPlan, type ModelRequest } from '../models/hub/download';
import { toErrorMessage } from '../shared/errors';
import type { Hub } from './hub';
import { DIALOGS, progressMessage, type DownloadDialogs } from './hubDialogs';
import { signalOf } from './signal';

/**
 * Downloads a model, after the user has agreed to what comes from where. Resolves to its id once every file is there
 * and checked; undefined where the user stopped or gave up. A stopped download is gone on with the next time.
 */
export async function downloadModel(
  hub: Hub,
  request: ModelRequest,
  dialogs: DownloadDialogs = DIALOGS,
): Promise<string | undefined> {
  let agreed = request;
  let isAgreed = false;
  for (;;) {
    try {
      const plan = await look(hub, agreed);
      const precision =
        isAgreed || plan.bytesToFetch === 0 ? plan.choice.precision : await dialogs.confirm(plan);
      if (precision === undefined) return undefined;
      agreed = { ...request, precision };
      isAgreed = true;
      await fetch(hub, precision === plan.choice.precision ? plan : await look(hub, agreed));
      return plan.repository.id;
    } catch (error) {
      const message = toErrorMessage(error);
      if (message.code === 'cancelled') return undefined;
      hub.log(message.message);
      const next = await dialogs.afterFailure(message);
      if (next === undefined || (next === 'sign-in' && !(await hub.tokens.signIn()))) return undefined;
    }
  }
}

function look(hub: Hub, request: ModelRequest): Promise<DownloadPlan> {
  const title = vscode.l10n.t('Looking up {0}', request.id);
  return withProgress(title, async (signal) => planDownload(await hub.target(), request, signal));
}

async function fetch(hub: Hub, plan: DownloadPlan): Promise<void> {
  const { id, commit } = plan.repository;
  try {
    await withProgress(vscode.l10n.t('Downloading {0}', id), async (signal, progress) => {
      let shown = 0;
      await runDownload(await hub.target(), plan, {
        signal,
        onProgress: (now) => {
          const percent = now.total === 0 ? 100 : (100 * now.bytes) / now.total;
          progress.report({ message: progressMessage(now), increment: percent - shown });
          shown = percent;
        },
      });
    });
    hub.log(`${id} ${commit.slice(0, 8)} is downloaded to ${plan.folder}`);
  } finally {
    hub.notify();
  }
}

type ReportProgress = vscode.Progress<{ message?: string; increment?: number }>;

async function withProgress<T>(
  title: string,
  work: (signal: AbortSignal, progress: ReportProgress) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => work(signalOf(token), progress));
}
