import type { AttentionBlock, AttentionCore } from '../attention';
import type { GraphIndex } from '../graph';
import { ancestors, madeFrom, valueInputs } from './walk';

type Block = AttentionCore & Pick<AttentionBlock, 'residual'>;

/** How far to look for graph inputs. */
const MAX_BACK = 512;

/**
 * Tells the kinds of blocks apart by what depends on what. A block is cross-attention if its keys are not made from the
 * residual stream that its queries come from. Self-attention that any cross-attention's keys are made from is the
 * encoder's; all other self-attention of such a graph is the decoder's. A graph without cross-attention has one stack.
 */
export function classify(index: GraphIndex, blocks: readonly Block[]): AttentionBlock[] {
  const crosses = blocks.map((block) => isCross(index, block));
  const feedsKeys = upstreamOf(
    index,
    blocks.filter((_, i) => crosses[i]).map((block) => block.origin.key),
  );
  const hasCross = crosses.includes(true);
  const counts = { encoder: 0, decoder: 0, 'unknown-self': 0, cross: 0 };
  return blocks.map((block, i) => {
    const cross = crosses[i] as boolean;
    const ofEncoder = !cross && feedsKeys.has(block.context);
    const stack = !hasCross ? 'unknown-self' : ofEncoder ? 'encoder' : 'decoder';
    return { ...block, stack, cross, layer: counts[cross ? 'cross' : stack]++ };
  });
}

function isCross(index: GraphIndex, block: Block): boolean {
  if (block.residual === null) return inputsDiffer(index, block);
  return !madeFrom(index, block.origin.key, block.residual);
}

/** For blocks outside of a residual stream: true if the queries depend on a graph input that the keys do not. */
function inputsDiffer(index: GraphIndex, block: Block): boolean {
  const inputs = new Set(index.graph.inputs.map((input) => input.name));
  const sources = (name: string) =>
    [...ancestors(index, name, MAX_BACK)].filter((found) => inputs.has(found));
  const ofKey = new Set(sources(block.origin.key));
  return sources(block.origin.query).some((input) => !ofKey.has(input));
}

/** Every tensor that one of these depends on, in one walk. */
function upstreamOf(index: GraphIndex, names: readonly string[]): Set<string> {
  const seen = new Set(names);
  for (const name of seen) {
    const node = index.producer.get(name);
    if (!node) continue;
    for (const input of valueInputs(index, node)) seen.add(input);
  }
  return seen;
}
