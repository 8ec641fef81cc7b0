import * as vscode from 'vscode';
import type { Found } from '../models/hub/client';
import { toErrorMessage } from '../shared/errors';
import type { Hub } from './hub';
import { parseModelId } from './hubId';

const PAUSE_MS = 300;
const LIMIT = 30;

type FoundItem = vscode.QuickPickItem & { id?: string };

/** Searches the Hub as the user types. Resolves to the id of the model that was picked. */
export async function searchHub(hub: Hub, words = ''): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<FoundItem>();
  pick.title = vscode.l10n.t('Search the Hugging Face Hub for ONNX models');
  pick.placeholder = vscode.l10n.t('A name, such as distilbert');
  pick.value = words;
  pick.ignoreFocusOut = true;
  const search = new Search(hub, pick);
  pick.onDidChangeValue((value) => search.later(value));
  if (words) search.later(words);
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      const [picked] = pick.selectedItems;
      if (picked?.id === undefined) return;
      resolve(picked.id);
      pick.hide();
    });
    pick.onDidHide(() => {
      search.stop();
      pick.dispose();
      resolve(undefined);
    });
    pick.show();
  });
}

/** Asks for a model's id. */
export async function enterId(): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Model Id'),
    prompt: vscode.l10n.t("owner/name, or the address of the model's page"),
    placeHolder: 'Xenova/distilgpt2',
    ignoreFocusOut: true,
    validateInput: (value) => {
      try {
        parseModelId(value);
        return undefined;
      } catch (error) {
        return toErrorMessage(error).message;
      }
    },
  });
  return text === undefined ? undefined : parseModelId(text);
}

/** One search at a time, a moment after the last key; answers to older words are dropped. */
class Search {
  private timer: NodeJS.Timeout | undefined;
  private running: AbortController | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly pick: vscode.QuickPick<FoundItem>,
  ) {}

  later(words: string): void {
    this.stop();
    if (words.trim() === '') this.pick.items = [];
    else this.timer = setTimeout(() => void this.run(words.trim()), PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = undefined;
    this.pick.busy = false;
  }

  private async run(words: string): Promise<void> {
    const running = new AbortController();
    this.running = running;
    this.pick.busy = true;
    const items = await this.find(words, running.signal);
    if (running.signal.aborted) return;
    this.pick.items = items;
    this.pick.busy = false;
  }

  private async find(words: string, signal: AbortSignal): Promise<FoundItem[]> {
    try {
      const { client } = await this.hub.target();
      const found = await client.search(words, LIMIT, signal);
      return found.length > 0 ? found.map(asItem) : [note(vscode.l10n.t('Nothing found for {0}', words))];
    } catch (error) {
      return [note(`$(warning) ${toErrorMessage(error).message}`)];
    }
  }
}

function asItem({ id, downloads, gated, license }: Found): FoundItem {
  const number = new Intl.NumberFormat(vscode.env.language);
  const facts = [license ?? vscode.l10n.t('license not stated')];
  facts.push(vscode.l10n.t('{0} downloads', number.format(downloads)));
  if (gated) facts.push(vscode.l10n.t('gated: needs an access token'));
  return { id, label: id, description: facts.join(', '), alwaysShow: true };
}

function note(label: string): FoundItem {
  return { label, alwaysShow: true };
}
