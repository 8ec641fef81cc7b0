import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import type { Inside, Layout, LayoutOptions } from './layout';
import { layoutDiagram } from './layout';
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
    const diagram = stage === 'modules' ? node.children : operators(node.id);
    return diagram && diagram.nodes.length > 0 ? { diagram, stage } : null;
  };
  return layoutDiagram(model.diagram, { inside, measure, total: model.anatomy.parameters });
}

/** Keys of boxes that a press on Enter unfolds. */
export function unfoldable({ boxes }: Layout, hasGraph: boolean): Set<string> {
  const can = boxes.filter(({ node, operatorsOf }) => {
    return operatorsOf === null && node.parameters > 0 && nextStage(node, 'folded', hasGraph) !== null;
  });
  return new Set(can.map(({ key }) => key));
}
