import './commands/language';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { AnalyzeCommands } from './commands/analyze';
import { AnatomySetup } from './commands/anatomySetup';
import { chooseModel } from './commands/chooseModel';
import { Exports, exportFacts } from './commands/export';
import { Hub } from './commands/hub';
import { HubTokens } from './commands/hubTokens';
import { modelCommands } from './commands/modelCommands';
import { offerDownloads } from './commands/offerDownload';
import { askOverflow } from './commands/overflow';
import { ProbeCommands } from './commands/probes';
import { Sample } from './commands/sample';
import { Results } from './commands/results';
import { settings } from './commands/settings';
import { restartOnChange, startClient } from './commands/startClient';
import { registerTools } from './commands/tools';
import type { InferenceClient } from './inference/client';
import { AttentionPanel } from './views/attentionPanel';
import { ModelsView } from './views/modelsView';
import { History } from './views/history';
import { ProbesView } from './views/probesView';
import { ProviderNotice } from './views/providerNotice';
import { ResultFiles } from './views/results';
import { AnalysisSession } from './views/session';
import { SlowProgress } from './views/slowProgress';
import { ModelStatus } from './views/statusBar';

/** What `activate` returns, for tests and other extensions. */
export interface TransformerProbeApi {
  inference: InferenceClient;
  session: AnalysisSession;
  panel: AttentionPanel;
  hub: Hub;
  models: ModelsView;
  anatomy: AnatomySetup;
  probes: ProbeCommands;
  results: Results;
  exports: Exports;
}

export function activate(context: vscode.ExtensionContext): TransformerProbeApi {
  const log = vscode.window.createOutputChannel('Transformer Probe', { log: true });
  const resultsDir = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'results').fsPath;
  const bundledDir = context.asAbsolutePath('models');
  const inference = startClient(context, log, { bundledDir, resultsDir });
  const files = new ResultFiles(resultsDir, settings.keepsResults);
  const session = new AnalysisSession(inference, files, log, askOverflow);
  const parts = { session, inference, panel: (): AttentionPanel => panel };
  const exports = new Exports({ ...parts, ...exportFacts(context) });
  const panel = new AttentionPanel(context.extensionUri, session, inference, {
    chooseModel: () => void vscode.commands.executeCommand('transformerProbe.chooseModel'),
    analyzeSelection: () => void vscode.commands.executeCommand('transformerProbe.analyzeSelection'),
    compare: () => void results.chooseComparison(),
    export: (params) => exports.saveShown(params),
  });
  const status = new ModelStatus(session, settings.model);
  const hub = new Hub(new HubTokens(context.secrets), (line) => log.info(line));
  const { onDidChange } = hub;
  const cacheDir = () => hub.cacheDir;
  const anatomy = new AnatomySetup({ extension: context, bundledDir, hub, session, panel });
  const readAnatomy = (name: string) => anatomy.read(name);
  const models = new ModelsView({ bundledDir, cacheDir, readAnatomy, current: settings.model, onDidChange });
  const sample = new Sample(context.extensionUri);
  const analyze = new AnalyzeCommands(session, panel, context.workspaceState);
  const history = new History(files, join(resultsDir, '..', 'probes'), settings.probesBudgetBytes);
  const facts = { extensionUri: context.extensionUri, inference, log, bundledDir, cacheDir };
  const probes = new ProbeCommands({ ...facts, files: history.probes });
  const results = new Results({ ...parts, history, exports, probePanels: probes.panels });

  const commands: Record<string, (row: never) => unknown> = {
    analyzeSelection: () => analyze.selection(),
    analyzeText: () => analyze.text(),
    chooseModel: () => chooseModel(context.globalState, bundledDir, hub),
    showLastResult: () => analyze.showLastResult(),
    openSample: async () => {
      await sample.open();
      await analyze.selection();
    },
    toggleEditorColors: () => panel.toggleEditorColors(),
    showLog: () => log.show(),
    ...modelCommands(hub, models),
    ...anatomy.commands,
    ...probes.commands(declaredCommands(context)),
    ...results.commands,
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`transformerProbe.${name}`, run));
  }
  context.subscriptions.push(
    restartOnChange(inference),
    offerDownloads(session, hub),
    registerTools({ inference, readAnatomy: (reference, signal) => anatomy.read(reference, signal) }),
    ...[ProbesView.register(), probes, results, history, files, anatomy, models, hub, panel, status],
    ...[new SlowProgress(session), new ProviderNotice(session), session, inference, log],
  );
  return { inference, session, panel, hub, models, anatomy, probes, results, exports };
}

/** Names of the commands in package.json, without the extension's. */
function declaredCommands({ extension }: vscode.ExtensionContext): string[] {
  const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
  return contributes.commands.map(({ command }) => command.slice(command.indexOf('.') + 1));
}
