import * as vscode from 'vscode';
import { bundledModels } from '../models/catalogue';
import { readConfig } from '../models/config';
import { listModels } from '../models/hub/cache';
import type { Family } from '../shared/model';
import type { TrainingResult } from '../shared/training';
import type { ProbeResultFiles } from '../views/probeResults';
import type { ProbeSession } from '../views/probeSession';
import { steady } from '../views/steady';

/** A model that a probe can be run with. */
export interface KnownModel {
  id: string;
  family: Family | null;
}

/** The bundled models, the downloaded ones, and those that the probe Transfer Learning saved. */
export async function knownModels(
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
export async function chooseFor(
  { probe }: ProbeSession,
  name: string,
  models: () => Promise<KnownModel[]>,
): Promise<string | undefined> {
  const field = Object.hasOwn(probe.fields, name) ? probe.fields[name] : undefined;
  if (field?.kind !== 'model') return undefined;
  const fits = (family: Family | null) =>
    !field.families || family === null || field.families.includes(family);
  const here = (await models()).filter(({ family }) => fits(family));
  const browse = { label: vscode.l10n.t('$(folder-opened) Open a model folder…'), id: null };
  const items = [...here.map(({ id, family }) => ({ label: id, description: family ?? '', id })), browse];
  const picked = await steady(() => vscode.window.showQuickPick(items, { title: field.label }));
  if (picked?.id !== null) return picked?.id;
  const [uri] = (await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true })) ?? [];
  return uri?.fsPath;
}
