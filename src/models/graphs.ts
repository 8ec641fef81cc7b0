import * as l10n from '@vscode/l10n';
import { basename, dirname, join } from 'node:path';
import { ProbeError } from '../shared/errors';

/** One .onnx file of a model and what it is for. */
export interface Graph {
  role: 'model' | 'encoder' | 'decoder';
  path: string;
}

/** Suffixes of the exporters' variants, nearest to the trained weights first. Others come last, by name. */
const VARIANTS = [
  '',
  '_fp16',
  '_quantized',
  '_int8',
  '_uint8',
  '_q8',
  '_q4',
  '_q4f16',
  '_bnb4',
  '_q2',
  '_q1',
];

/** Decoders of an encoder-decoder or a decoder-only model: the plain one first, those that need a cache after it. */
const DECODERS = ['decoder_model', 'decoder_model_merged', 'decoder_with_past_model'];

/**
 * Chooses the graphs to run: `model`, else `encoder_model` with a decoder, else a decoder alone, else the only .onnx
 * file there is; in `onnx/` before the folder itself, full precision before the variants. An encoder-decoder's pair goes
 * before `model`. Throws a ProbeError that says which files were looked for.
 */
export function chooseGraphs(directory: string, root: string[], inside: string[], isPair: boolean): Graph[] {
  for (const [folder, listing] of [
    [join(directory, 'onnx'), inside],
    [directory, root],
  ] as const) {
    const names = listing.filter((name) => name.endsWith('.onnx'));
    const graphs = chooseAmong(names, isPair).map(({ role, path }) => ({ role, path: join(folder, path) }));
    if (graphs.length > 0) return graphs;
  }
  throw new ProbeError(
    'model',
    l10n.t`The folder ${basename(directory)} has no model to run. Looked for model.onnx, encoder_model.onnx with decoder_model.onnx, and decoder_model.onnx, in "onnx" and in the folder itself.`,
  );
}

/** The named file, and its partner where it is half of an encoder-decoder. */
export function graphsOfFile(path: string, siblings: string[], isPair: boolean): Graph[] {
  const file = basename(path);
  const half = /^(encoder|decoder)_/.exec(file)?.[1] as 'encoder' | 'decoder' | undefined;
  if (!half) return [{ role: 'model', path }];
  const names = siblings.filter((name) => name.endsWith('.onnx'));
  const partner = partnerOf(file, half, names);
  if (partner === null) return loneHalf(file, half, isPair).map((graph) => ({ ...graph, path }));
  const graph: Graph = { role: half, path };
  const other: Graph = {
    role: half === 'encoder' ? 'decoder' : 'encoder',
    path: join(dirname(path), partner),
  };
  return half === 'encoder' ? [graph, other] : [other, graph];
}

function chooseAmong(names: string[], isPair: boolean): Graph[] {
  const model = best('model', names);
  const encoder = best('encoder_model', names);
  const decoder = bestDecoder(names);
  if (model !== null && !(isPair && encoder && decoder)) return [{ role: 'model', path: model }];
  if (encoder !== null && decoder !== null) {
    return [
      { role: 'encoder', path: encoder },
      { role: 'decoder', path: decoder },
    ];
  }
  if (encoder !== null) return loneHalf(encoder, 'encoder', isPair);
  if (decoder !== null) return loneHalf(decoder, 'decoder', isPair);
  const pair = fastT5Pair(names);
  if (pair !== null) return pair;
  return names.length === 1 && names[0] ? [{ role: 'model', path: names[0] }] : [];
}

/** fastT5 calls its files NAME-encoder.onnx, NAME-init-decoder.onnx (without a cache) and NAME-decoder.onnx (with one). */
function fastT5Pair(names: string[]): Graph[] | null {
  for (const decoder of [...names].sort((a, b) => a.length - b.length)) {
    const [, stem, variant] = /^(.+)-init-decoder(-\w+)?\.onnx$/.exec(decoder) ?? [];
    const encoder = `${stem}-encoder${variant ?? ''}.onnx`;
    if (stem === undefined || !names.includes(encoder)) continue;
    return [
      { role: 'encoder', path: encoder },
      { role: 'decoder', path: decoder },
    ];
  }
  return null;
}

function loneHalf(file: string, half: 'encoder' | 'decoder', isPair: boolean): Graph[] {
  if (!isPair) return [{ role: 'model', path: file }];
  const missing = half === 'encoder' ? 'decoder_model.onnx' : 'encoder_model.onnx';
  throw new ProbeError('model', l10n.t`${file} is half of an encoder-decoder. Put ${missing} beside it.`);
}

function partnerOf(file: string, half: 'encoder' | 'decoder', names: string[]): string | null {
  const variant = /_model(?:_merged)?(_\w+)?\.onnx$/.exec(file)?.[1] ?? '';
  const stems = half === 'encoder' ? DECODERS : ['encoder_model'];
  for (const stem of stems) {
    const same = `${stem}${variant}.onnx`;
    const found = names.includes(same) ? same : best(stem, names);
    if (found !== null) return found;
  }
  return null;
}

function bestDecoder(names: string[]): string | null {
  for (const stem of DECODERS) {
    const found = best(stem, names);
    if (found !== null) return found;
  }
  return null;
}

/** The best variant of a stem among file names. `decoder_model_merged` is a stem of its own, not a variant. */
function best(stem: string, names: string[]): string | null {
  const variants = names
    .filter(
      (name) => name.startsWith(stem) && /^(_(?!merged)[a-z0-9_]+)?\.onnx$/i.test(name.slice(stem.length)),
    )
    .map((name) => ({ name, rank: rankOf(name.slice(stem.length, -'.onnx'.length)) }));
  variants.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  return variants[0]?.name ?? null;
}

function rankOf(variant: string): number {
  const rank = VARIANTS.indexOf(variant);
  return rank < 0 ? VARIANTS.length : rank;
}
