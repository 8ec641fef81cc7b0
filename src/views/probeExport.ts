import * as vscode from 'vscode';
import { reportCsv, reportMarkdown, tableCsv, tableMarkdown } from '../probes/exports';
import type { ProbeViewEvents } from '../shared/probe';
import { reportTables } from '../shared/report';
import type { ProbeSession } from './probeSession';

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

function exportText(
  { probe, result }: ProbeSession,
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
