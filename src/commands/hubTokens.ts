import * as vscode from 'vscode';
import { hubEndpoint } from '../models/hub/endpoint';
import { settings } from './settings';

/** Access tokens in VS Code's secret storage, one for each Hub, so that none goes to another host than its own. */
export class HubTokens {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** The token for the Hub of the settings; undefined where nobody has signed in. */
  async get(): Promise<string | undefined> {
    return this.secrets.get(keyOf(hubEndpoint(settings.hubEndpoint())));
  }

  /** Asks for a token and keeps it. True where there is one now. */
  async signIn(): Promise<boolean> {
    const endpoint = hubEndpoint(settings.hubEndpoint());
    const token = await vscode.window.showInputBox({
      title: vscode.l10n.t('Sign In to {0}', endpoint.host),
      prompt: vscode.l10n.t('An access token that may read models ({0}/settings/tokens)', endpoint.origin),
      placeHolder: 'hf_…',
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) =>
        isToken(value) ? undefined : vscode.l10n.t('A token is one word of letters, digits and signs.'),
    });
    if (token === undefined) return false;
    await this.keep(token.trim());
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Signed in. The token is sent to {0} and to nobody else.', endpoint.host),
    );
    return true;
  }

  async signOut(): Promise<void> {
    const endpoint = hubEndpoint(settings.hubEndpoint());
    await this.secrets.delete(keyOf(endpoint));
    void vscode.window.showInformationMessage(vscode.l10n.t('The token for {0} is deleted.', endpoint.host));
  }

  /** Keeps a token for the Hub of the settings. */
  async keep(token: string): Promise<void> {
    await this.secrets.store(keyOf(hubEndpoint(settings.hubEndpoint())), token);
  }
}

function keyOf(endpoint: URL): string {
  return `hub.token ${endpoint.origin}`;
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text.trim());
}
