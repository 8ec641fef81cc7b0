import type { AttentionLayer, AttentionResult } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { EncodeRequest, Inference } from '../shared/inference';
import { analyzeAttention } from '../probes/attention';
import { jsonPieces } from '../probes/export/json';
import type { JsonLayer } from '../probes/export/json';
import { exportPieces, wholeResult } from '../probes/export/pieces';
import type { ExportContext } from '../probes/export/pieces';
import type { MatrixSource } from '../shared/aggregate';
import type { AttentionOptions } from './arguments';
import { readInput } from './input';

import { writeFileFrom, writeTo } from './output';
import { summaryLines } from './summary';
import type { Terminal } from './terminal';
import { showsUnicode } from './terminal';

/** The command `attention`: analyses, then writes JSON or a summary. */
export async function attentionCommand(
  options: AttentionOptions,
  inference: Inference,
  terminal: Terminal,
  context: Omit<ExportContext, 'inference'>,
): Promise<void> {
  const { text, request } = await readRequest(options, terminal);
  const result = await analyzeAttention(inference, request).catch((error: unknown) => {
    throw withWaysOut(error);
  });
  const layers = chosenLayers(result, options);
  const head = ({ kind, layer }: AttentionLayer, number: number) =>
    inference.request('head', { runId: result.runId, kind, layer, head: number });

  const written = await writeExports({ ...context, inference }, result, layers, options);
  if (options.json === undefined && written === 0) {
    const unicode = showsUnicode(terminal);
    return writeTo(terminal.stdout, lines(summaryLines({ result, layers, head, unicode })));
  }
  if (options.json === undefined) return;
  const pieces = jsonPieces({ result, text: text ?? result.segments[0]?.text ?? null, layers, head });
  await (options.json === '-' ? writeTo(terminal.stdout, pieces) : writeFileFrom(options.json, pieces));
}

/** Writes the files that are asked for; returns how many. */
async function writeExports(
  context: ExportContext,
  result: AttentionResult,
  layers: JsonLayer[],
  { files, layer, head }: AttentionOptions,
): Promise<number> {
  const wanted = EXPORTS.filter((format) => files[format] !== undefined);
  for (const format of wanted) {
    const source = sourceOf(layers, layer, head);
    const pieces = exportPieces(context, result, { ...wholeResult(result, format), source });
    await writeFileFrom(files[format] ?? '', pieces);
  }
  return wanted.length;
}

const EXPORTS = ['csv', 'svg', 'npz', 'html'] as const;

/** The head that is named, the mean of the layer that is named, or of everything. */
function sourceOf(layers: JsonLayer[], layer: number | undefined, head: number | undefined): MatrixSource {
  const kind = layers[0]?.layer.kind ?? 'encoder';
  if (layer === undefined) {
    if (head !== undefined) throw new ProbeError('usage', 'Name the layer of the head with --layer.');
    return { from: 'layers', kind, reduce: 'mean' };
  }
  return head === undefined
    ? { from: 'heads', kind, layer, reduce: 'mean' }
    : { from: 'head', kind, layer, head };
}

async function readRequest(
  { model, source, target, targetIds, overflow }: AttentionOptions,
  { stdin }: Terminal,
): Promise<{ text: string | null; request: EncodeRequest }> {
  const rest = { model, target, targetIds, overflow };
  if ('ids' in source) return { text: null, request: { ...rest, ids: source.ids } };
  const { text, segment } =
    'text' in source
      ? { text: source.text, segment: { text: source.text, offset: 0 } }
      : await readInput(source.file, stdin);
  return { text, request: { ...rest, segments: [segment] } };
}

function withWaysOut(error: unknown): unknown {
  if (!(error instanceof ProbeError) || error.detail?.reason !== 'too-long') return error;
  const { tokens, limit, windows } = error.detail;
  return new ProbeError(
    error.code,
    `The text has ${tokens} tokens and the model takes ${limit}. Use --first for the first ${limit}, ` +
      `or --window K (0 to ${windows - 1}) for one of ${windows} windows that overlap by half.`,
  );
}

/** The layers and heads that --layer and --head leave. */
function chosenLayers({ layers }: AttentionResult, { layer, head }: AttentionOptions): JsonLayer[] {
  const chosen = layers
    .filter((one) => layer === undefined || one.layer === layer)
    .map((one) => ({ layer: one, heads: headsOf(one, head) }));
  if (chosen.length === 0) {
    const last = Math.max(...layers.map((one) => one.layer));
    throw new ProbeError('usage', `There is no layer ${layer}. --layer takes 0 to ${last} with this model.`);
  }
  const most = Math.max(...chosen.map((one) => one.layer.heads));
  const withHeads = chosen.filter(({ heads }) => heads.length > 0);
  if (withHeads.length === 0) {
    throw new ProbeError('usage', `There is no head ${head}. --head takes 0 to ${most - 1} with this model.`);
  }
  return withHeads;
}

function headsOf({ heads }: AttentionLayer, head: number | undefined): number[] {
  const all = Array.from({ length: heads }, (_, number) => number);
  return head === undefined ? all : all.filter((number) => number === head);
}

async function* lines(source: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of source) yield `${line}\n`;
}
