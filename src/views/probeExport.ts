import * as vscode from 'vscode';
import { reportCsv, reportMarkdown, tableCsv, tableMarkdown } from '../probes/exports';
import type { AnyProbe } from '../probes/probe';
import { cleanSettings } from '../probes/settings';
import type { ExportFormat, ProbeView, ProbeViewEvents } from '../shared/probe';
import { reportTables } from '../shared/report';
import type { StoredProbeResult } from './probeResults';
import type { ProbeSession } from './probeSession';
import { steady } from './steady';

const EXTENSIONS = { csv: 'csv', json: 'json', markdown: 'md', png: 'png', svg: 'svg' } as const;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

/** Writes a result, or one of its tables, to a file that the user names, or to the clipboard. */
export async function exportReport(session: ProbeSession, request: ProbeViewEvents['export']): Promise<void> {
  const text = exportText(session, request);
  if (text === undefined) return;
  if (request.to === 'clipboard') {
    await vscode.env.clipboard.writeText(text);
    void vscode.window.setStatusBarMessage(vscode.l10n.t('Copied to the clipboard'), 3000);
    return;
  }
  const name = [session.probe.id, request.table].filter((part) => part !== undefined).join('-');
  await save(name, EXTENSIONS[request.format], Buffer.from(text));
}

/** Writes a chart's picture, drawn by the panel. */
export async function savePicture(
  { probe }: ProbeSession,
  { format, figure, data }: ProbeViewEvents['picture'],
): Promise<void> {
  const bytes = format === 'png' ? Buffer.from(data, 'base64') : Buffer.from(data);
  const isPicture = format === 'png' ? bytes.subarray(0, 4).equals(PNG) : data.startsWith('<svg');
  if (isPicture) await save(`${probe.id}-${figure}`, format, bytes);
}

/** Asks for a format and writes a stored result to a file that the user names. */
export async function exportStored(probe: AnyProbe, stored: StoredProbeResult): Promise<void> {
  const formats: { label: string; detail: string; format: ExportFormat }[] = [
    {
      label: 'CSV',
      detail: vscode.l10n.t('Every table, and the numbers behind every figure'),
      format: 'csv',
    },
    { label: 'Markdown', detail: vscode.l10n.t('What was found, and every table'), format: 'markdown' },
    { label: 'JSON', detail: vscode.l10n.t('The result itself, with its settings'), format: 'json' },
  ];
  const title = vscode.l10n.t('Export Result');
  const chosen = await steady(() => vscode.window.showQuickPick(formats, { title }));
  if (!chosen) return;
  const text = storedText(probe, stored, chosen.format);
  if (text !== undefined) await save(probe.id, EXTENSIONS[chosen.format], Buffer.from(text));
}

/** A stored result in a format. */
export function storedText(
  probe: AnyProbe,
  { data, settings: raw, createdAt }: StoredProbeResult,
  format: ExportFormat,
): string | undefined {
  const settings = cleanSettings(probe.fields, raw);
  const result = { data, settings, createdAt, report: probe.report(data, settings) };
  return exportText({ probe, result }, { format, to: 'file' });
}

interface Exported {
  probe: Pick<AnyProbe, 'id' | 'title'>;
  result: Pick<ProbeView, 'data' | 'settings' | 'report' | 'createdAt'> | null;
}

function exportText(
  { probe, result }: Exported,
  { format, table: id }: ProbeViewEvents['export'],
): string | undefined {
  if (!result) return undefined;
  const { data, settings, report, createdAt } = result;
  if (format === 'json') {
    return `${JSON.stringify({ probe: probe.id, settings, createdAt, result: data, report }, null, 2)}\n`;
  }
  if (id === undefined) return format === 'csv' ? reportCsv(report) : reportMarkdown(probe.title, report);
  const table = reportTables(report).find((one) => one.id === id);
  return table && (format === 'csv' ? tableCsv(table) : tableMarkdown(table));
}

async function save(name: string, extension: string, bytes: Uint8Array): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const defaultUri = folder && vscode.Uri.joinPath(folder, `${name}.${extension}`);
  const filters = { [extension.toUpperCase()]: [extension] };
  const uri = await vscode.window.showSaveDialog({ defaultUri, filters });
  if (uri) await vscode.workspace.fs.writeFile(uri, bytes);
}
