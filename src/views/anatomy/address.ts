import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { findInCatalogue } from '../../anatomy/catalogue';
import { asHubId } from '../../models/opening';

/**
 * Models have addresses, so that VS Code can open, restore and compare them as it does with files: model files have
 * their own, everything else `transformer-probe://KIND/PATH`.
 */
export const MODEL_SCHEME = 'transformer-probe';

export type Address =
  | { kind: 'file'; uri: vscode.Uri }
  | { kind: 'folder'; directory: string }
  | { kind: 'hub'; id: string }
  | { kind: 'catalogue'; id: string };

export function folderUri(directory: string): vscode.Uri {
  return vscode.Uri.file(directory).with({ scheme: MODEL_SCHEME, authority: 'folder' });
}

/** A repository of the Hub by its id. */
export function hubUri(id: string): vscode.Uri {
  return vscode.Uri.from({ scheme: MODEL_SCHEME, authority: 'hub', path: `/${id}` });
}

/** A model of the catalogue by its id. */
export function catalogueUri(id: string): vscode.Uri {
  return vscode.Uri.from({ scheme: MODEL_SCHEME, authority: 'catalogue', path: `/${id}` });
}

/** What an address means; null for one of ours that is damaged. */
export function addressOf(uri: vscode.Uri): Address | null {
  if (uri.scheme !== MODEL_SCHEME) return { kind: 'file', uri };
  const rest = uri.path.slice(1);
  switch (uri.authority) {
    case 'folder': {
      const directory = uri.with({ scheme: 'file', authority: '' }).fsPath;
      return isAbsolute(directory) ? { kind: 'folder', directory } : null;
    }
    case 'hub':
      return asHubId(rest) === rest ? { kind: 'hub', id: rest } : null;
    case 'catalogue':
      return findInCatalogue(rest) ? { kind: 'catalogue', id: rest } : null;
    default:
      return null;
  }
}

/** Short name for titles and messages. */
export function titleOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1) || uri.toString();
}
