import * as l10n from '@vscode/l10n';
import { PLAIN } from '../../shared/aggregate';
import type { MatrixSource, Shaping } from '../../shared/aggregate';
import type { AttentionLayer, AttentionResult } from '../../shared/attention';
import { writtenByUser } from '../../shared/attention';
import type { HostFormat } from '../../shared/export';
import type { Inference } from '../../shared/inference';
import type { PageAssets } from '../../shared/page';
import type { PanelState } from '../../shared/protocol';
import { PROTOCOL_VERSION } from '../../shared/protocol';
import { shapedMatrix } from '../matrix';
import { pageOf } from '../page';
import { csvPieces } from './csv';
import { jsonPieces } from './json';
import { npzPieces } from './npz';
import { sessionFile } from './sessionFile';
import { svgPieces } from './svg';

/** What to export of a result. `source` and `shaping` are for `csv` and `svg`, `state` for `html` and `session`. */
export interface Export {
  format: HostFormat;
  source: MatrixSource;
  shaping: Shaping;
  state: PanelState;
}

export interface ExportContext {
  inference: Inference;
  /** The panel's bundle, for `html`. */
  assets(): Promise<PageAssets>;
  /** Name and version of the program. */
  program: string;
}

/** A result in a format, piece by piece. */
export async function* exportPieces(
  { inference, assets, program }: ExportContext,
  result: AttentionResult,
  { format, source, shaping, state }: Export,
): AsyncGenerator<string | Uint8Array> {
  const { runId } = result;
  const head = ({ kind, layer }: AttentionLayer, number: number) =>
    inference.request('head', { runId, kind, layer, head: number });
  switch (format) {
    case 'csv':
      return yield* csvPieces(await shapedMatrix(inference, result, source, shaping));
    case 'svg':
      return yield* svgPieces(
        await shapedMatrix(inference, result, source, shaping),
        titleOf(result, source),
      );
    case 'npz':
      return yield* npzPieces(result, head);
    case 'json': {
      const text = writtenByUser(result)[0]?.text ?? null;
      const layers = result.layers.map((layer) => ({ layer, heads: [...Array(layer.heads).keys()] }));
      return yield* jsonPieces({ result, text, layers, head });
    }
    case 'html':
      return yield await pageOf(inference, result, state, await assets());
    case 'session': {
      const sha256 = await inference.request('fingerprint', { model: result.model.id });
      return yield `${JSON.stringify(sessionFile(result, sha256, state, program), null, 2)}\n`;
    }
  }
}

/** What is exported where nobody looks at anything particular: the mean over all heads, every token. */
export function wholeResult(result: AttentionResult, format: HostFormat): Export {
  const kind = result.layers[0]?.kind ?? 'encoder';
  return {
    format,
    source: { from: 'layers', kind, reduce: 'mean' },
    shaping: PLAIN,
    state: {
      version: PROTOCOL_VERSION,
      runId: result.runId,
      kind,
      layer: 0,
      head: 0,
      query: null,
      view: 'matrix',
    },
  };
}

function titleOf({ model }: AttentionResult, source: MatrixSource): string {
  const { kind, from } = source;
  const name = {
    encoder: l10n.t('encoder self-attention'),
    decoder: l10n.t('decoder self-attention'),
    cross: l10n.t('cross-attention'),
  }[kind];
  switch (from) {
    case 'head':
      return l10n.t`${model.name}: ${name}, layer ${source.layer}, head ${source.head}`;
    case 'heads':
      return l10n.t`${model.name}: ${name}, layer ${source.layer}, ${source.reduce} over heads`;
    case 'layers':
      return l10n.t`${model.name}: ${name}, ${source.reduce} over all heads`;
    default:
      return `${model.name}: ${name}, ${from}`;
  }
}
