import * as vscode from 'vscode';
import type { DownloadPlan } from '../models/hub/download';
import { chooseFiles, otherSources, plusFiles, precisionsOf, type Precision } from '../models/hub/files';
import { amount, duration, type Progress } from '../models/hub/progress';
import type { ErrorMessage } from '../shared/errors';

/** What a download asks the user. */
export interface DownloadDialogs {
  /** Says what comes from where and how big it is. The precision to fetch, or undefined to let it be. */
  confirm(plan: DownloadPlan): Promise<Precision | undefined>;
  /** Says what went wrong. */
  afterFailure(error: ErrorMessage): Promise<'retry' | 'sign-in' | undefined>;
}

type PrecisionItem = vscode.QuickPickItem & { precision: Precision };

export const DIALOGS: DownloadDialogs = {
  async confirm(plan) {
    const { repository, host } = plan;
    const picked = await vscode.window.showQuickPick(precisionItems(plan), {
      title: vscode.l10n.t('Download {0} from {1}?', repository.id, host),
      placeHolder: vscode.l10n.t(
        'License: {0}. Enter downloads, Escape does not.',
        repository.license ?? vscode.l10n.t('not stated'),
      ),
      ignoreFocusOut: true,
      matchOnDescription: true,
    });
    return picked?.precision;
  },

  async afterFailure({ message, detail }) {
    const retry = vscode.l10n.t('Retry');
    const signIn = vscode.l10n.t('Sign In…');
    const buttons = detail?.reason === 'no-access' ? [signIn, retry] : [retry];
    const pressed = await vscode.window.showErrorMessage(message, ...buttons);
    return pressed === retry ? 'retry' : pressed === signIn ? 'sign-in' : undefined;
  },
};

/** One row for each precision of the repository, that of the plan first. */
export function precisionItems({ repository, choice, bytesToFetch, folder }: DownloadPlan): PrecisionItem[] {
  const others = precisionsOf(repository.files).filter((each) => each !== choice.precision);
  const elsewhere = choice.files.filter(({ from }) => from);
  return [choice.precision, ...others].map((precision) => {
    const chosen = plusFiles(chooseFiles(repository, precision), elsewhere);
    const { graphs, files, bytes } = chosen;
    const isPlanned = precision === choice.precision;
    const rest =
      isPlanned && bytesToFetch < bytes ? vscode.l10n.t(', {0} still to fetch', amount(bytesToFetch)) : '';
    return {
      label: vscode.l10n.t('$(cloud-download) Download {0}', amount(bytes) + rest),
      description: precision,
      detail: vscode.l10n.t(
        '{0} ({1} files) at {2}, to {3}',
        graphs.map(({ path }) => path).join(', '),
        files.length,
        [`${repository.commit.slice(0, 8)}`, ...otherSources(chosen).map(sourceText)].join('; '),
        folder,
      ),
      precision,
    };
  });
}

function sourceText({ id, commit, files }: ReturnType<typeof otherSources>[number]): string {
  return vscode.l10n.t('{0} of them from {1} at {2}', files, id, commit.slice(0, 8));
}

/** `12 MB of 438 MB, 8.1 MB/s, 48 s left`. */
export function progressMessage({ bytes, total, rate, secondsLeft }: Progress): string {
  const parts = [vscode.l10n.t('{0} of {1}', amount(bytes), amount(total))];
  if (rate !== null) parts.push(vscode.l10n.t('{0}/s', amount(rate)));
  if (secondsLeft !== null) parts.push(vscode.l10n.t('{0} left', duration(secondsLeft)));
  return parts.join(', ');
}
