import * as l10n from '@vscode/l10n';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import type { Export, ExportContext } from '../probes/export/pieces';
import type { AttentionResult } from '../shared/attention';
import { ProbeError, toErrorMessage } from '../shared/errors';
import type { ExportRequest, HostFormat, SessionFile } from '../shared/export';
import type { Inference } from '../shared/inference';
import { checkPanelState } from '../shared/panelState';
import type { ViewRequests } from '../shared/protocol';
import type { AttentionPanel } from '../views/attentionPanel';
import { checkGeneration } from '../views/messages';
import type { AnalysisSession } from '../views/session';
import { steady } from '../views/steady';

export interface ExportParts {
  inference: Inference;
  session: AnalysisSession;
  /** Folder of the webviews' bundles. */
  webviewDir: string;
  program: string;
  panel(): AttentionPanel;
}

/** Where the panel's bundle is, and what the program is called in what it writes. */
export function exportFacts(context: vscode.ExtensionContext): Pick<ExportParts, 'webviewDir' | 'program'> {
  const { version } = context.extension.packageJSON as { version: string };
  return {
    webviewDir: context.asAbsolutePath(join('dist', 'webview')),
    program: `Transformer Probe ${version}`,
  };
}

const SESSION_ENDING = 'tprobe.json';
const ENDINGS: Record<HostFormat, string> = {
  csv: 'csv',
  svg: 'svg',
  npz: 'npz',
  json: 'json',
  html: 'html',
  session: SESSION_ENDING,
};
const MAX_SESSION_BYTES = 16 * 2 ** 20;

/** Saves results in other formats, and opens session files. */
export class Exports {
  constructor(private readonly parts: ExportParts) {}

  /** Saves what the panel asks for of a result that it shows. */
  async saveShown({ runId, request }: ViewRequests['export'][0]): Promise<{ file: string | null }> {
    const { result, comparison } = this.parts.session;
    const shown = [result, comparison?.other].find((one) => one?.runId === runId);
    if (!shown) throw new ProbeError('input', l10n.t('This result is no longer shown.'));
    return this.save(shown, request);
  }

  /** Saves a result; null where the user saved nothing. */
  async save(result: AttentionResult, request: ExportRequest): Promise<{ file: string | null }> {
    if (request.format === 'picture') {
      const { bytes, name, ending } = request;
      return this.write(name, ending, () => [bytes]);
    }
    return this.write(result.model.name, ENDINGS[request.format], () => this.pieces(result, request));
  }

  /** Asks for a format and saves a result, all heads of it. */
  async saveWhole(result: AttentionResult): Promise<void> {
    const title = vscode.l10n.t('Export Result');
    const chosen = await steady(() => vscode.window.showQuickPick(formatItems(), { title }));
    if (!chosen) return;
    try {
      const { wholeResult } = await import('../probes/export/pieces');
      await this.save(result, wholeResult(result, chosen.format));
    } catch (error) {
      void vscode.window.showErrorMessage(toErrorMessage(error).message);
    }
  }

  /** Writes a result to a file without asking, all heads of it. */
  async writeWhole(uri: vscode.Uri, result: AttentionResult, format: HostFormat): Promise<void> {
    const { wholeResult } = await import('../probes/export/pieces');
    await writePieces(uri, this.pieces(result, wholeResult(result, format)));
  }

  /** Asks for a session file, runs its text and shows it as it was. */
  async openSession(given?: vscode.Uri): Promise<void> {
    const filters = { [vscode.l10n.t('Transformer Probe session')]: ['json'] };
    const uri =
      given ??
      (await vscode.window.showOpenDialog({ filters, title: vscode.l10n.t('Open Session File') }))?.[0];
    if (!uri) return;
    try {
      const { size } = await vscode.workspace.fs.stat(uri);
      if (size > MAX_SESSION_BYTES)
        throw new ProbeError('input', vscode.l10n.t('This file is too large for a session.'));
      const { parseSession } = await import('../probes/export/sessionFile');
      const session = parseSession(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
      await this.reopen(session);
    } catch (error) {
      void vscode.window.showErrorMessage(toErrorMessage(error).message);
    }
  }

  private async reopen({ model, segments, target, generation, window, state }: SessionFile): Promise<void> {
    this.parts.panel().show();
    const result = await this.parts.session.analyze({
      model: model.id,
      // The document of then may be another one now: the text stands alone.
      segments: segments.map(({ text }) => ({ text, offset: 0 })),
      target: target ?? undefined,
      overflow: window ?? undefined,
      generation: generation === null ? undefined : checkGeneration(generation),
    });
    if (!result) return;
    const look = checkPanelState(state);
    if (look) this.parts.panel().look(look);
    const now = await this.parts.inference.request('fingerprint', { model: model.id });
    const isSame = Object.entries(model.sha256).every(([name, hash]) => now[name] === hash);
    if (isSame) return;
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'The files of "{0}" are not those that the session was made with: weights may differ.',
        model.id,
      ),
    );
  }

  private async *pieces(result: AttentionResult, asked: Export): AsyncGenerator<string | Uint8Array> {
    const { exportPieces } = await import('../probes/export/pieces');
    yield* exportPieces(this.context(), result, asked);
  }

  private context(): ExportContext {
    const { inference, program, webviewDir } = this.parts;
    const read = (file: string) => readFile(join(webviewDir, file), 'utf8');
    const { bundle: messages } = vscode.l10n;
    const language = messages && { tag: vscode.env.language, messages };
    const assets = async () => ({
      ...{ script: await read('attention.js'), style: await read('attention.css') },
      ...(language && { language }),
    });
    return { inference, program, assets };
  }

  private async write(name: string, ending: string, pieces: () => Pieces): Promise<{ file: string | null }> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(process.cwd());
    const file = `${name.replace(/[^\p{L}\p{N}._ -]+/gu, '-')}.${ending}`;
    const uri = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(folder, file),
      // Dialogs know the last part of an ending only, and would add the whole again.
      filters: { [ending.toUpperCase()]: [extname(file).slice(1)] },
      title: vscode.l10n.t('Export'),
    });
    if (!uri) return { file: null };
    const location = vscode.ProgressLocation.Window;
    await vscode.window.withProgress({ location, title: vscode.l10n.t('Exporting…') }, () =>
      writePieces(uri, pieces()),
    );
    return { file: basename(uri.path) };
  }
}

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Streams to disk; other file systems get the whole at once. */
async function writePieces(uri: vscode.Uri, pieces: Pieces): Promise<void> {
  if (uri.scheme === 'file') {
    return pipeline(Readable.from(pieces, { objectMode: true }), createWriteStream(uri.fsPath));
  }
  const parts: Buffer[] = [];
  for await (const piece of pieces) parts.push(Buffer.from(piece));
  await vscode.workspace.fs.writeFile(uri, Buffer.concat(parts));
}

function formatItems(): { label: string; description: string; format: HostFormat }[] {
  return [
    {
      format: 'html',
      label: 'HTML',
      description: vscode.l10n.t('one page that keeps the interaction, offline'),
    },
    { format: 'npz', label: 'NPZ', description: vscode.l10n.t('all weights, for NumPy') },
    { format: 'json', label: 'JSON', description: vscode.l10n.t('all weights and tokens') },
    { format: 'csv', label: 'CSV', description: vscode.l10n.t('the mean over all heads') },
    { format: 'svg', label: 'SVG', description: vscode.l10n.t('the mean over all heads, as vectors') },
    {
      format: 'session',
      label: vscode.l10n.t('Session'),
      description: vscode.l10n.t('text, model and view, to open again'),
    },
  ];
}
