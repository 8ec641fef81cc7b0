import type { BlockDiagram, BlockNode } from '../../../../src/shared/anatomy';
import type { Stage } from '../../../charts/diagram/layout';

/** Boxes that a first look may show. */
export const FIRST_BOXES = 20;

/** What is unfolded at first: the blocks, so that their inside shows, where that leaves at most 20 boxes. */
export function firstExpanded({ nodes }: BlockDiagram): string[] {
  const blocks = nodes.filter(({ kind, children }) => kind === 'block' && children);
  const inside = blocks.reduce((sum, { children }) => sum + (children?.nodes.length ?? 0), 0);
  return nodes.length + inside <= FIRST_BOXES ? blocks.map(({ id }) => id) : [];
}

/** Unfolded operators of a box, as an id among the unfolded boxes. */
export const operatorsId = (id: string): string => `${id}#operators`;

export function stageOf(node: Pick<BlockNode, 'id'>, expanded: ReadonlySet<string>): Stage {
  if (expanded.has(operatorsId(node.id))) return 'operators';
  return expanded.has(node.id) ? 'modules' : 'folded';
}

/** The next stage down, or null at the last: modules where there are any, then operators where the file has a graph. */
export function nextStage(node: BlockNode, stage: Stage, hasGraph: boolean): Stage | null {
  if (stage === 'folded' && node.children) return 'modules';
  const canShow = hasGraph && node.tensors.length > 0 && node.kind !== 'block' && !node.id.endsWith('+');
  return stage !== 'operators' && canShow ? 'operators' : null;
}

/** Unfolded ids after one box changed its stage. */
export function withStage(expanded: readonly string[], id: string, stage: Stage): string[] {
  const rest = expanded.filter((one) => one !== id && one !== operatorsId(id));
  if (stage === 'folded') return rest;
  return [...rest, stage === 'modules' ? id : operatorsId(id)];
}
