import type { BlockDiagram } from '../../../../src/shared/anatomy';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import type { Inside, Layout, LayoutOptions } from '../../../charts/diagram/layout';
import { layoutDiagram } from '../../../charts/diagram/layout';
import { nextStage, stageOf } from './fold';

/** The layout of a model with what is unfolded; operators that are not there yet are left folded. */
export function layoutModel(
  model: ModelAnatomy,
  expanded: ReadonlySet<string>,
  operators: (id: string) => Inside['diagram'] | null,
  measure: LayoutOptions['measure'],
): Layout {
  const inside: LayoutOptions['inside'] = (node) => {
    const stage = stageOf(node, expanded);
    if (stage === 'folded') return null;
    const graph = stage === 'operators' ? operators(node.id) : null;
    if (graph && graph.nodes.length > 0) return { diagram: withoutConstants(graph), stage };
    return node.children ? { diagram: node.children, stage: 'modules' } : null;
  };
  return layoutDiagram(model.diagram, { inside, measure, total: model.anatomy.parameters });
}

/** Constants are operands, not steps: without them a graph shows its way. */
function withoutConstants({ nodes, edges }: BlockDiagram): BlockDiagram {
  const left = nodes.filter(({ label }) => label !== 'Constant');
  const ids = new Set(left.map(({ id }) => id));
  return { nodes: left, edges: edges.filter(({ from, to }) => ids.has(from) && ids.has(to)) };
}

/** Keys of boxes that a press on Enter unfolds. */
export function unfoldable({ boxes }: Layout, hasGraph: boolean): Set<string> {
  const can = boxes.filter(({ node, operatorsOf }) => {
    return operatorsOf === null && node.parameters > 0 && nextStage(node, 'folded', hasGraph) !== null;
  });
  return new Set(can.map(({ key }) => key));
}
