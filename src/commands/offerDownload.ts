import * as vscode from 'vscode';
import type { ErrorMessage } from '../shared/errors';
import type { AnalysisSession } from '../views/session';
import type { Hub } from './hub';

/** Offers the download that an analysis failed for want of, and runs the analysis after it. */
export function offerDownloads(session: AnalysisSession, hub: Hub): vscode.Disposable {
  let offered: ErrorMessage | null = null;
  return session.onDidChange(() => {
    const { error } = session.snapshot();
    if (error === offered) return;
    offered = error;
    if (error) void offer(error, session, hub);
  });
}

async function offer({ message, detail }: ErrorMessage, session: AnalysisSession, hub: Hub): Promise<void> {
  if (detail?.reason !== 'not-downloaded' && detail?.reason !== 'changed') return;
  const download = detail.reason === 'changed' ? vscode.l10n.t('Download Again') : vscode.l10n.t('Download…');
  if ((await vscode.window.showWarningMessage(message, download)) !== download) return;
  const { downloadModel } = await import('./hubDownload');
  if ((await downloadModel(hub, { id: detail.id })) !== undefined) await session.rerun();
}
