import * as l10n from '@vscode/l10n';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { AttentionLayer, AttentionResult } from '../shared/attention';
import type { Inference } from '../shared/inference';
import { quantize } from '../shared/page';
import type { PageAssets } from '../shared/page';
import type { PanelState } from '../shared/protocol';
import { pageHtml } from './export/pageHtml';

const compress = promisify(gzip);

/** A run as one HTML file that keeps the panel's interaction and needs no network; `state` is where it opens. */
export async function pageOf(
  inference: Inference,
  result: AttentionResult,
  state: PanelState,
  assets: PageAssets,
  signal?: AbortSignal,
): Promise<string> {
  const parts: Uint8Array[] = [];
  for (const layer of result.layers) parts.push(...(await headsOf(inference, result.runId, layer, signal)));
  const weights = (await compress(Buffer.concat(parts))).toString('base64');
  const snapshot = { result, busy: null, error: null, stale: false, linked: false, comparison: null };
  const title = l10n.t`Attention: ${result.model.name}`;
  return pageHtml(title, assets, { version: 1, snapshot, state, weights });
}

async function headsOf(
  inference: Inference,
  runId: string,
  { kind, layer, heads }: AttentionLayer,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (let head = 0; head < heads; head++) {
    const { weights } = await inference.request('head', { runId, kind, layer, head }, signal);
    parts.push(quantize(weights));
  }
  return parts;
}
