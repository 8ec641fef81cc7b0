import * as vscode from 'vscode';
import { isProvider, type Provider } from '../shared/provider';

/** The extension's settings, read where they are used so that a change takes effect at once. */
function setting<T>(name: string, fallback: T): T {
  return vscode.workspace.getConfiguration('transformerProbe').get(name, fallback);
}

export const settings = {
  /** Bundled name, folder, .onnx file or Hub id. */
  model: () => setting('model', '').trim() || 'pocket-bert',
  nodePath: () => setting('inference.nodePath', '').trim() || undefined,
  threads: () => setting('inference.threads', 0),
  provider: (): Provider => {
    const name: string = setting('inference.provider', 'cpu');
    return isProvider(name) ? name : 'cpu';
  },
  memoryBudgetBytes: () => setting('inference.memoryBudget', 1024) * 1024 * 1024,
  /** 0 minutes means never: the longest that a timer can wait. */
  idleShutdownMs: () => setting('inference.idleMinutes', 10) * 60_000 || 2 ** 31 - 1,
  diskBudgetBytes: () => setting('results.diskBudget', 512) * 1024 * 1024,
  /** What probes' results may take on top: they are small beside tensors. */
  probesBudgetBytes: () => settings.diskBudgetBytes() / 8,
  keepsResults: () => settings.diskBudgetBytes() > 0,
  /** Empty: `HF_ENDPOINT`, else the public Hub. */
  hubEndpoint: () => setting('hub.endpoint', ''),
  hubOffline: () => setting('hub.offline', false),
  /** Empty: `TRANSFORMER_PROBE_CACHE`, else the system's folder for caches. */
  hubCacheDirectory: () => setting('hub.cacheDirectory', ''),
};

/** Makes a model the one that commands use, on this machine. */
export async function saveModel(model: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('transformerProbe');
  await configuration.update('model', model, vscode.ConfigurationTarget.Global);
}
