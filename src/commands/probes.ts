import { totalmem } from 'node:os';
import * as vscode from 'vscode';
import { selectedSegments } from '../editor/selection';
import type { AnyProbe } from '../probes/probe';
import { cleanSettings } from '../probes/settings';
import type { Inference } from '../shared/inference';
import { PROBE_TOPICS, TOPIC_NAMES } from '../shared/probe';
import type { ReportAction } from '../shared/report';
import { ProbePanels } from '../views/probePanels';
import type { ProbeResultFiles } from '../views/probeResults';
import type { ProbeSession, ProbeText } from '../views/probeSession';
import { allProbes, findProbe } from '../views/probeTable';
import { steady } from '../views/steady';
import { settings } from './settings';

export interface ProbeCommandOptions {
  extensionUri: vscode.Uri;
  inference: Inference;
  log: vscode.LogOutputChannel;
  bundledDir: string;
  cacheDir(): string;
  files: ProbeResultFiles;
}

/** The commands that run probes. */
export class ProbeCommands implements vscode.Disposable {
  readonly panels: ProbePanels;
  /** The probes' results on disk. */
  readonly files: ProbeResultFiles;

  constructor(options: ProbeCommandOptions) {
    const { extensionUri, inference, log, files, bundledDir, cacheDir } = options;
    this.files = files;
    const services = {
      inference,
      log,
      files,
      machine: () => ({ places: { bundledDir, cacheDir: cacheDir() }, memoryBytes: totalmem() }),
      currentModel: settings.model,
      models: async () => (await import('./probeModels')).knownModels(bundledDir, cacheDir(), files),
    };
    this.panels = new ProbePanels(extensionUri, services, {
      read: (session, what) => session.read(what === 'selection' ? activeText() : null),
      chooseModel: async (session, field) =>
        (await import('./probeModels')).chooseFor(session, field, services.models),
      act: (session, action) => void this.act(session, action),
    });
  }

  dispose(): void {
    this.panels.dispose();
  }

  /** One command a probe, by the names that the manifest declares, and the one that asks which. */
  commands(declared: readonly string[]): Record<string, (id?: unknown) => Promise<void>> {
    const names = declared.filter((name) => /^probe[A-Z]/.test(name));
    const own = names.map((name) => [name, () => this.runNamed(name)] as const);
    return { ...Object.fromEntries(own), runProbe: (id) => this.pickAndRun(id) };
  }

  private async runNamed(name: string): Promise<void> {
    const probe = allProbes().find(({ id }) => commandName(id) === name);
    if (probe) await this.run(probe);
  }

  /** Runs the probe with this id, or asks which. */
  private async pickAndRun(id: unknown): Promise<void> {
    const probe = typeof id === 'string' ? findProbe(id) : await pickProbe();
    if (probe) await this.run(probe);
  }

  /** Runs another probe on the text of the one that offers it, with what it says of settings; or opens an anatomy. */
  private async act(from: ProbeSession, action: ReportAction): Promise<void> {
    if (action.kind === 'anatomy') {
      await vscode.commands.executeCommand('transformerProbe.exploreAnatomy', action.model, action.component);
      return;
    }
    const probe = findProbe(action.probe);
    if (!probe) return;
    const { session } = this.panels.panel(probe.id);
    session.change(cleanSettings(probe.fields, { ...session.settings, ...action.settings }));
    await this.run(probe, from.currentText);
  }

  /** Reads the selection, or the cursor's line, or else the probe's sample; shows the panel and runs. */
  private async run(probe: AnyProbe, text = activeText()): Promise<void> {
    const panel = this.panels.panel(probe.id);
    if (probe.input === 'text') panel.session.read(text);
    panel.show();
    await panel.session.run();
  }
}

/** `causal-masked` -> `probeCausalMasked`. */
export function commandName(id: string): string {
  const words = id.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `probe${words.join('')}`;
}

async function pickProbe(): Promise<AnyProbe | undefined> {
  const items = PROBE_TOPICS.flatMap((topic) => {
    const probes = allProbes().filter((probe) => probe.topic === topic);
    const title = { label: TOPIC_NAMES[topic], kind: vscode.QuickPickItemKind.Separator, probe: undefined };
    return probes.length === 0 ? [] : [title, ...probes.map(toItem)];
  });
  const options = {
    title: vscode.l10n.t('Run Probe'),
    placeHolder: vscode.l10n.t('On the selection, the cursor’s line, or the probe’s own sample'),
    matchOnDetail: true,
  };
  const picked = await steady(() => vscode.window.showQuickPick(items, options));
  return picked?.probe;
}

function toItem(probe: AnyProbe) {
  return { label: probe.title, detail: probe.summary, probe };
}

/** The selection or the cursor's line of the active editor; null where there is no text. */
function activeText(): ProbeText | null {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  const segments = editor ? selectedSegments(editor) : [];
  return editor && segments.length > 0
    ? { origin: 'selection', segments, source: editor.document.uri }
    : null;
}
