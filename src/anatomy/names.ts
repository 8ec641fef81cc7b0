import type { ComponentKind } from '../shared/anatomy';

/** Where a parameter belongs, by its module path. */
export interface Place {
  /** Only where the model has both stacks. */
  stack: 'encoder' | 'decoder' | null;
  /** From 0; null outside of the blocks. */
  layer: number | null;
  kind: ComponentKind;
  /** Module inside its component, such as `query` or `experts.3`; empty for the component itself. */
  module: string;
}

/** A path's layer: the path up to the number, the number, and what follows. */
interface LayerPath {
  container: string;
  index: number;
  rest: string;
}

/** Tells for every path of a model which stack, layer and component it belongs to. */
export function placeAll(paths: readonly string[]): Place[] {
  const containers = findContainers(paths);
  const split = paths.map((path) => splitAtLayer(path, containers));
  const stacks = paths.map(stackOf);
  // Only layers make a stack: a head may be called decoder, too.
  const withLayers = new Set(stacks.filter((_, i) => split[i] !== null));
  const both = withLayers.has('encoder') && withLayers.has('decoder');
  return paths.map((path, i) => {
    const layered = split[i] ?? null;
    const stack = both ? (stacks[i] ?? null) : null;
    if (!layered) return { stack, layer: null, ...placeOutside(path) };
    if (isRelativeBias(layered.rest)) {
      return { stack, layer: null, kind: 'embeddings', module: 'relative_attention_bias' };
    }
    return { stack, layer: layered.index, ...placeInside(layered.rest) };
  });
}

/** The first number in a path, where at least two different parameters lie below it. */
function findContainers(paths: readonly string[]): Set<string> {
  const below = new Map<string, Set<string>>();
  for (const path of paths) {
    const found = firstNumber(path);
    if (!found) continue;
    const rests = below.get(found.container) ?? new Set();
    below.set(found.container, rests.add(found.rest));
  }
  return new Set([...below].filter(([, rests]) => rests.size >= MIN_PARTS).map(([container]) => container));
}

/** A sequence of modules is a stack of blocks if its members have at least this many parameters. */
const MIN_PARTS = 4;

function firstNumber(path: string): LayerPath | null {
  const match = /^(.*?)\.(\d{1,6})\.(.+)$/.exec(`.${path}`);
  if (!match) return null;
  const [, container = '', index = '', rest = ''] = match;
  return { container: container.slice(1), index: Number(index), rest };
}

function splitAtLayer(path: string, containers: ReadonlySet<string>): LayerPath | null {
  const found = firstNumber(path);
  return found && containers.has(found.container) ? found : null;
}

function stackOf(path: string): 'encoder' | 'decoder' | null {
  const match = /(^|\.)(encoder|decoder|enc|dec)(?=\.)/.exec(path);
  return match ? ((match[2] as string).startsWith('enc') ? 'encoder' : 'decoder') : null;
}

function isRelativeBias(rest: string): boolean {
  return /(^|\.)(relative_attention_bias|attn_rel_b)\./.test(rest);
}

type Part = Pick<Place, 'kind' | 'module'>;
type Rule = [pattern: RegExp, kind: ComponentKind];

const NORM =
  /(^|[._])((layer|rms|group)?_?norm(s|alization)?\d?|ln_?\w{0,5}|layernorm_\w+)(?=[._]|$)|[a-z]_norm(_\w)?(?=\.)|layer_?norm/i;
/** Norms of queries and keys work inside of attention, a head at a time. */
const INNER_NORM = /(^|[._])(q|k|query|key|attn_q|attn_k|attn_sub)_?(layer)?_?norm(?=[._]|$)/i;

/** What a parameter in a block is part of: the first rule that fits its path below the layer. */
const INSIDE: readonly Rule[] = [
  [INNER_NORM, 'attention'],
  [NORM, 'norm'],
  [/(cross_?att|encoder_attn|EncDecAttention|inter_attention|encdec|(^|\.)cross_attn)/i, 'cross-attention'],
  [/(attention|attn|(^|\.)att\.|self_att|SelfAttention|q_lin|k_lin|v_lin|out_lin)/i, 'attention'],
  [/(experts|moe|router|_exps(\.|$)|gate_inp)/i, 'experts'],
  [
    /(mlp|ffn|(^|\.)ff\.|feed_?forward|(^|\.)fc\d|intermediate|(^|\.)output\.dense|DenseReluDense|lin[12](\.|$)|(^|\.)(wi|wo|w[123]|c_fc)|dense_h_to|dense_4h_to)/i,
    'feed-forward',
  ],
];

const OUTSIDE: readonly Rule[] = [
  [/(^|\.)pooler(\.|$)/i, 'pooler'],
  [
    /(^|[._])(lm_head|cls(?=\.)|classifier|classification_head|score|qa_outputs|predictions|discriminator_predictions|generator_(lm_head|predictions)|vocab_(transform|layer_norm|projector)|embed_out|output_projection|proj_out|final_logits_bias|pre_classifier|seq_relationship)(?=[._]|$)/i,
    'head',
  ],
  [/^output(_norm)?\.(weight|bias)$/, 'head'],
  [/(embd|embed|wte|wpe|word_emb|(^|\.)shared\.|position|token_types|(^|\.)conv\d?(\.|$))/i, 'embeddings'],
  [/(relative_attention_bias|rel_embeddings|attn_rel_b|rel_pos)/i, 'embeddings'],
  [NORM, 'norm'],
  [/(^|\.)norm_?f?\./, 'norm'],
];

function placeInside(rest: string): Part {
  const kind = INSIDE.find(([pattern]) => pattern.test(rest))?.[1] ?? 'other';
  return { kind, module: moduleOf(rest) };
}

function placeOutside(path: string): Part {
  if (/^(enc\.|dec\.)?output_norm\./.test(path)) return { kind: 'norm', module: moduleOf(path) };
  const kind = OUTSIDE.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
  return { kind, module: moduleOf(path) };
}

/** The module that holds a parameter: its path without the last part. */
function moduleOf(path: string): string {
  const at = path.lastIndexOf('.');
  return at < 0 ? '' : path.slice(0, at);
}

/** Buffers of known modules: masks, positions, tables of sines. Not parameters, though some files keep them. */
const BUFFERS = [
  /(^|\.)(position_ids|token_type_ids|final_logits_bias|num_batches_tracked|running_(mean|var))$/,
  /(^|\.)(attn|attention)\.(bias|masked_bias)$/,
  /(^|[._])(inv_freq|original_inv_freq|cos_cache|sin_cache|cos_cached|sin_cached)$/,
  /^rope_(freqs|factors_\w+)\.weight$/,
];

/** True for a tensor that its model keeps, but does not train. `shape` tells a mask from a bias of the same name. */
export function isBuffer(path: string, shape: readonly number[]): boolean {
  const found = BUFFERS.findIndex((pattern) => pattern.test(path));
  return found === 1 ? shape.length === 4 || shape.length === 0 : found >= 0;
}
