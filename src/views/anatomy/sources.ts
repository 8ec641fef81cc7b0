import * as l10n from '@vscode/l10n';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { findInCatalogue } from '../../anatomy/catalogue';
import type { ServedPlace } from '../../anatomy/client';
import { inLocalFolder } from '../../anatomy/files';
import type { ModelPlace } from '../../anatomy/wire';
import { findPath } from '../../models/folder';
import { findModel } from '../../models/hub/cache';
import type { HubClient } from '../../models/hub/client';
import { RemoteRepository } from '../../models/hub/remote';
import { asHubId } from '../../models/opening';
import { ProbeError } from '../../shared/errors';
import { addressOf, catalogueUri, folderUri, hubUri } from './address';
import { inWorkspaceFolder, workspaceFiles } from './workspaceFiles';

/** What finding models needs of the rest of the extension. */
export interface SourceOptions {
  bundledDir: string;
  cacheDir(): string;
  hubClient(): Promise<HubClient>;
}

/** Where a model is read from. */
export interface FoundModel {
  place: ModelPlace | ServedPlace;
  /** By what an analysis opens it; null where it cannot. */
  reference: string | null;
}

/** Leads from addresses to files, and from the models that analyses use to addresses. */
export class ModelSources {
  constructor(private readonly options: SourceOptions) {}

  /** Throws ProbeError where there is nothing under the address. */
  async find(uri: vscode.Uri, signal?: AbortSignal): Promise<FoundModel> {
    const address = addressOf(uri);
    switch (address?.kind) {
      case 'file':
        return this.findFile(address.uri);
      case 'folder':
        return local(address.directory, null, this.referenceOf(address.directory));
      case 'hub':
        return this.findRepository(address.id, signal);
      case 'catalogue':
        return { place: address, reference: null };
      case undefined:
        throw new ProbeError(
          'usage',
          l10n.t('This address names no model. Use Explore Anatomy to choose one.'),
        );
    }
  }

  /**
   * The address of a model as analyses name it: on this machine or in the catalogue, never on the Hub, because nobody has
   * asked for that. Undefined where nothing is known under the name.
   */
  async addressOf(reference: string): Promise<vscode.Uri | undefined> {
    const path = await findPath(reference, this.options);
    if (path !== null) {
      const info = await vscode.workspace.fs.stat(vscode.Uri.file(path));
      return info.type & vscode.FileType.Directory ? folderUri(path) : vscode.Uri.file(path);
    }
    const id = asHubId(reference);
    if (id !== null && (await findModel(this.options.cacheDir(), id))) return hubUri(id);
    const entry = findInCatalogue(reference) ?? findInCatalogue(id ?? '');
    return entry ? catalogueUri(entry.id) : undefined;
  }

  private findFile(uri: vscode.Uri): FoundModel {
    if (uri.scheme === 'file') {
      const { directory, path } = inLocalFolder(uri.fsPath);
      return local(directory, path, path.endsWith('.onnx') ? uri.fsPath : null);
    }
    const { folder, path } = inWorkspaceFolder(uri);
    return { place: { kind: 'files', files: workspaceFiles(folder), path }, reference: null };
  }

  /** A downloaded model is read from the disk, any other from the Hub. */
  private async findRepository(id: string, signal?: AbortSignal): Promise<FoundModel> {
    const downloaded = await findModel(this.options.cacheDir(), id);
    if (downloaded) return local(downloaded.folder, null, id);
    const client = await this.options.hubClient();
    const files = await RemoteRepository.open(client, id, signal);
    return { place: { kind: 'files', files, path: null }, reference: null };
  }

  private referenceOf(directory: string): string {
    const name = basename(directory);
    return join(this.options.bundledDir, name) === join(dirname(directory), name) ? name : directory;
  }
}

function local(directory: string, path: string | null, reference: string | null): FoundModel {
  return { place: { kind: 'local', directory, path }, reference };
}
