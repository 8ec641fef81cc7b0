import { join } from 'node:path';
import * as vscode from 'vscode';
import { InferenceClient } from '../inference/client';
import { cacheDirectory } from '../models/hub/layout';
import { messagesFile } from './language';
import { settings } from './settings';

export interface Folders {
  bundledDir: string;
  /** Where results are kept, unless the settings say that none are. */
  resultsDir: string;
}

/** The client only: the process itself starts with the first request. */
export function startClient(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  { bundledDir, resultsDir }: Folders,
): InferenceClient {
  return new InferenceClient({
    entry: context.asAbsolutePath(join('dist', 'inference.js')),
    bundledDir,
    messagesFile: messagesFile(),
    log: (line) => log.info(line),
    // Getters: each start of the process takes the settings as they are then.
    get resultsDir() {
      return settings.keepsResults() ? resultsDir : undefined;
    },
    get cacheDir() {
      return cacheDirectory(settings.hubCacheDirectory());
    },
    get execPath() {
      return settings.nodePath();
    },
    get threads() {
      return settings.threads();
    },
    get provider() {
      return settings.provider();
    },
    get memoryBudgetBytes() {
      return settings.memoryBudgetBytes();
    },
    get diskBudgetBytes() {
      return settings.diskBudgetBytes();
    },
    get idleShutdownMs() {
      return settings.idleShutdownMs();
    },
  });
}

/** What the process is told when it starts. */
const TOLD = ['transformerProbe.inference', 'transformerProbe.hub.cacheDirectory'];

/** A setting that the process was started with takes effect at once: the next request starts another. */
export function restartOnChange(inference: InferenceClient): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (TOLD.some((section) => event.affectsConfiguration(section))) inference.restart();
  });
}
