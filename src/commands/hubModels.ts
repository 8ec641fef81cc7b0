import * as vscode from 'vscode';
import { removeModel, sentence, verifyModel, type CachedModel } from '../models/hub/cache';
import { asPrecision } from '../models/hub/files';
import { amount } from '../models/hub/progress';
import { checkBundled } from '../models/intact';
import { ProbeError, toErrorMessage } from '../shared/errors';
import type { ListedModel } from '../views/modelList';
import type { Hub } from './hub';
import { DIALOGS, type DownloadDialogs } from './hubDialogs';
import { downloadModel } from './hubDownload';
import { saveModel } from './settings';
import { signalOf } from './signal';

/** Asks before a model is removed. */
export type ConfirmRemoval = (model: CachedModel) => Promise<boolean>;

/** The actions of the models view's rows. */
export class ModelActions {
  constructor(
    private readonly hub: Hub,
    private readonly dialogs: DownloadDialogs = DIALOGS,
    private readonly confirmRemoval: ConfirmRemoval = askRemoval,
  ) {}

  /** Makes it the model that commands use; an unfinished download is finished first. */
  async use({ reference, state, cached }: ListedModel): Promise<void> {
    const isReady = state !== 'unfinished' || cached === null;
    const model = isReady ? reference : await downloadModel(this.hub, { id: cached.id }, this.dialogs);
    if (model !== undefined) await saveModel(model);
  }

  /** Reads every byte and compares it with the checksums. Resolves to what is wrong, nothing where all is well. */
  async verify(model: ListedModel): Promise<string[]> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Verifying {0}', model.name),
      cancellable: true,
    };
    try {
      const bad = await vscode.window.withProgress(options, (_, token) => wrongFiles(model, signalOf(token)));
      this.report(model, bad);
      return bad;
    } catch (error) {
      this.fail(error);
      return [];
    } finally {
      this.hub.notify();
    }
  }

  /** Fetches the files that are not as they were published, at the commit that is here. */
  async redownload(model: ListedModel): Promise<void> {
    const { cached } = model;
    if (cached === null || (await this.verifyQuietly(cached)) === false) return;
    const sets = Object.keys(cached.record?.sets ?? {});
    const request = { id: cached.id, revision: cached.commit };
    for (const precision of sets.length > 0 ? sets.map(asPrecision) : [undefined]) {
      if ((await downloadModel(this.hub, { ...request, precision }, this.dialogs)) === undefined) return;
    }
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} is whole and verified.', model.name));
  }

  /** Removes a download, and says how many bytes that freed. Resolves to them. */
  async remove({ cached }: ListedModel): Promise<number> {
    if (cached === null || !(await this.confirmRemoval(cached))) return 0;
    try {
      const freed = await removeModel(cached);
      const text = vscode.l10n.t('{0} is removed; {1} are free again.', cached.id, amount(freed));
      void vscode.window.showInformationMessage(text);
      return freed;
    } catch (error) {
      this.fail(error);
      return 0;
    } finally {
      this.hub.notify();
    }
  }

  /** Shows the folder in the file manager, or says where it is: the machine may have none. */
  async reveal({ folder }: ListedModel): Promise<void> {
    try {
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(folder));
    } catch {
      void vscode.window.showInformationMessage(folder);
    }
  }

  async copyId({ reference }: ListedModel): Promise<void> {
    await vscode.env.clipboard.writeText(reference);
  }

  private async verifyQuietly(model: CachedModel): Promise<boolean> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Looking for changed files of {0}', model.id),
      cancellable: true,
    };
    try {
      await vscode.window.withProgress(options, (_, token) => verifyModel(model, true, signalOf(token)));
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  private report(model: ListedModel, bad: string[]): void {
    if (bad.length === 0) {
      const text = vscode.l10n.t('Every file of {0} is as it was published.', model.name);
      void vscode.window.showInformationMessage(text);
      return;
    }
    const again = vscode.l10n.t('Download Again');
    const buttons = model.cached === null ? [] : [again];
    void vscode.window.showWarningMessage(bad.join('\n'), ...buttons).then(async (pressed) => {
      if (pressed === again) await this.redownload(model);
    });
  }

  private fail(error: unknown): void {
    const { code, message } = toErrorMessage(error);
    if (code === 'cancelled') return;
    this.hub.log(message);
    void vscode.window.showErrorMessage(message);
  }
}

async function wrongFiles({ cached, folder }: ListedModel, signal: AbortSignal): Promise<string[]> {
  if (cached !== null) {
    const states = await verifyModel(cached, true, signal);
    return states.filter(({ state }) => state !== 'ok').map((file) => `${sentence(file)} of ${cached.id}.`);
  }
  try {
    await checkBundled({ directory: folder });
    return [];
  } catch (error) {
    if (error instanceof ProbeError) return [error.message];
    throw error;
  }
}

async function askRemoval({ id, bytes }: CachedModel): Promise<boolean> {
  const remove = vscode.l10n.t('Remove');
  const question = vscode.l10n.t('Remove {0} from this machine? {1} become free.', id, amount(bytes));
  return (await vscode.window.showWarningMessage(question, { modal: true }, remove)) === remove;
}
