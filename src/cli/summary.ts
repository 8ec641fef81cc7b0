import { axisTokens } from '../shared/attention';
import type { AttentionLayer, AttentionResult, HeadMatrix } from '../shared/attention';
import { PROVIDER_NAMES } from '../shared/provider';
import type { Token } from '../shared/tokens';
import { strongestLinks } from '../probes/links';
import type { Link } from '../probes/links';
import { heatmap } from './heatmap';
import type { JsonLayer } from '../probes/export/json';
import { visible } from './output';

const LINKS_A_LAYER = 3;
const TITLES = { encoder: 'encoder', decoder: 'decoder', cross: 'cross-attention' } as const;

export interface SummarySource {
  result: AttentionResult;
  layers: JsonLayer[];
  head(layer: AttentionLayer, head: number): Promise<HeadMatrix>;
  /** The terminal shows Unicode. */
  unicode: boolean;
}

/** The result for a reader in a terminal: the model, the tokens, the strongest links of each layer, one head drawn. */
export async function* summaryLines(source: SummarySource): AsyncGenerator<string> {
  const { result, layers, unicode } = source;
  yield modelLine(result);
  yield '';
  yield tokenLine('Tokens', result.tokens);
  if (result.target) {
    const title = result.target.source === 'generated' ? 'Target (generated)' : 'Target';
    yield tokenLine(title, result.target.tokens);
  }
  if (result.window) yield windowLine(result.window);
  yield '';
  yield 'Strongest links, query to key, special tokens left out';
  let strongest: { at: JsonLayer; link: Link } | undefined;
  for (const at of layers) {
    const links = await linksOf(source, at);
    yield* linkLines(source, at, links);
    const [first] = links;
    if (first && first.weight > (strongest?.link.weight ?? 0)) strongest = { at, link: first };
  }
  yield '';
  const { at: drawn, head } = openingOf(source) ?? {
    at: strongest?.at ?? layers[0],
    head: strongest?.link.head,
  };
  if (!drawn) return;
  const shown = head ?? drawn.heads[0] ?? 0;
  yield `${layerTitle(drawn.layer)} head ${shown}: queries down, keys across`;
  const labels = axisTokens(result, drawn.layer.kind).queries.map(name);
  yield* heatmap(await source.head(drawn.layer, shown), { labels, blocks: unicode });
}

/** The head that a panel would open at, where it is among the layers and heads asked for. */
function openingOf({ result: { opening }, layers }: SummarySource): { at: JsonLayer; head: number } | null {
  const at = layers.find(({ layer, heads }) => {
    const isLayer = layer.kind === opening?.kind && layer.layer === opening.layer;
    return isLayer && heads.includes(opening.head);
  });
  return at && opening ? { at, head: opening.head } : null;
}

function modelLine({ model, layers, timing, provider }: AttentionResult): string {
  const counted = (['encoder', 'decoder', 'cross'] as const)
    .map((kind) => ({ kind, count: layers.filter((layer) => layer.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${TITLES[kind]} ${count === 1 ? 'layer' : 'layers'}`);
  const facts = [`${model.architecture}, ${model.family}`, `${counted.join(', ')} of ${model.heads} heads`];
  return `${visible(model.name)}: ${facts.join('; ')}; run in ${Math.round(timing.runMs)} ms on ${PROVIDER_NAMES[provider?.used ?? 'cpu']}`;
}

function tokenLine(title: string, tokens: Token[]): string {
  return `${title} (${tokens.length}): ${tokens.map((token, i) => `${i} ${name(token)}`).join(' | ')}`;
}

function windowLine({ index, windows, first, count, total }: NonNullable<AttentionResult['window']>): string {
  return `Only tokens ${first} to ${first + count - 1} of ${total} were analyzed (window ${index} of ${windows}, counted from 0).`;
}

function layerTitle({ kind, layer }: AttentionLayer): string {
  return `${TITLES[kind]} layer ${layer}`;
}

async function linksOf({ result, head }: SummarySource, { layer, heads }: JsonLayer): Promise<Link[]> {
  const { queries, keys } = axisTokens(result, layer.kind);
  const matrices: HeadMatrix[] = [];
  for (const number of heads) matrices.push(await head(layer, number));
  return strongestLinks(matrices, { queries, keys, count: LINKS_A_LAYER, withoutSpecial: true });
}

function* linkLines(
  { result, unicode }: SummarySource,
  { layer }: JsonLayer,
  links: Link[],
): Generator<string> {
  const { queries, keys } = axisTokens(result, layer.kind);
  const arrow = unicode ? '→' : '->';
  const end = (tokens: Token[], index: number) => {
    const token = tokens[index];
    return token ? `${index} ${name(token)}` : String(index);
  };
  if (links.length === 0) yield `  ${layerTitle(layer)}: none`;
  for (const { head, query, key, weight } of links) {
    const link = `${end(queries, query)} ${arrow} ${end(keys, key)}`;
    yield `  ${layerTitle(layer)}  head ${String(head).padEnd(2)}  ${weight.toFixed(4)}  ${link}`;
  }
}

/** A token's characters; the vocabulary's spelling where they are blank. */
function name({ text, piece }: Token): string {
  return visible(text.trim() || piece);
}
