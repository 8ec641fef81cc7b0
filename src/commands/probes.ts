import { totalmem } from 'node:os';
import * as vscode from 'vscode';
import { selectedSegments } from '../editor/selection';
import { bundledModels } from '../models/catalogue';
import { readConfig } from '../models/config';
import { listModels } from '../models/hub/cache';
import type { AnyProbe } from '../probes/probe';
import { cleanSettings } from '../probes/settings';
import type { Inference } from '../shared/inference';
import type { Family } from '../shared/model';
import type { TrainingResult } from '../shared/training';
import { PROBE_TOPICS, TOPIC_NAMES } from '../shared/probe';
import type { ReportAction } from '../shared/report';
import { ProbePanels } from '../views/probePanels';
import type { ProbeResultFiles } from '../views/probeResults';
import type { ProbeSession, ProbeText } from '../views/probeSession';
import { allProbes, findProbe } from '../views/probeTable';
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
      models: () => knownModels(bundledDir, cacheDir(), files),
    };
    this.panels = new ProbePanels(extensionUri, services, {
      read: (session, what) => session.read(what === 'selection' ? activeText() : null),
      chooseModel: (session, field) => chooseFor(session, field, services.models),
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
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Run Probe'),
    placeHolder: vscode.l10n.t('On the selection, the cursor’s line, or the probe’s own sample'),
    matchOnDetail: true,
  });
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

interface KnownModel {
  id: string;
  family: Family | null;
}

/** The bundled models, the downloaded ones, and those that the probe Transfer Learning saved. */
async function knownModels(
  bundledDir: string,
  cacheDir: string,
  files: ProbeResultFiles,
): Promise<KnownModel[]> {
  const bundled = await bundledModels(bundledDir);
  const cached = (await listModels(cacheDir)).filter(({ precisions }) => precisions.length > 0);
  const downloaded = cached.map(async ({ id, folder }) => {
    const config = await readConfig(folder).catch(() => null);
    return { id, family: config?.family ?? null };
  });
  const here = [...bundled.map(({ id, family }) => ({ id, family })), ...(await Promise.all(downloaded))];
  return [...here, ...(await trainedModels(files))];
}

async function trainedModels(files: ProbeResultFiles): Promise<KnownModel[]> {
  const runs = (await files.list()).filter(({ probe, settings: made }) => probe === 'transfer' && made.save);
  const results = await Promise.all(runs.map(({ id }) => files.read(id)));
  const folders = results.flatMap(
    (stored) => (stored?.data as TrainingResult | undefined)?.saved?.directory ?? [],
  );
  const found = [...new Set(folders)].map(async (id): Promise<KnownModel[]> => {
    const config = await readConfig(id).catch(() => null);
    return config === null ? [] : [{ id, family: config.family }];
  });
  return (await Promise.all(found)).flat();
}

/** A model for a field: one of those that are here, or a folder or file of the user's. */
async function chooseFor(
  { probe }: ProbeSession,
  name: string,
  models: () => ReturnType<typeof knownModels>,
): Promise<string | undefined> {
  const field = Object.hasOwn(probe.fields, name) ? probe.fields[name] : undefined;
  if (field?.kind !== 'model') return undefined;
  const fits = (family: Family | null) =>
    !field.families || family === null || field.families.includes(family);
  const here = (await models()).filter(({ family }) => fits(family));
  const browse = { label: vscode.l10n.t('$(folder-opened) Open a model folder…'), id: null };
  const items = [...here.map(({ id, family }) => ({ label: id, description: family ?? '', id })), browse];
  const picked = await vscode.window.showQuickPick(items, { title: field.label });
  if (picked?.id !== null) return picked?.id;
  const [uri] = (await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true })) ?? [];
  return uri?.fsPath;
}
