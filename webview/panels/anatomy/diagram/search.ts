import type { BlockDiagram } from '../../../../src/shared/anatomy';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { pathOf } from '../view';

/** A box that a search found, and the boxes that have to be unfolded to see it. */
export interface Found {
  id: string;
  parents: string[];
}

/**
 * Boxes whose name has all words of the search, anywhere in the diagram; where there is none, the innermost boxes with a
 * tensor whose name has them.
 */
export function searchBoxes(model: ModelAnatomy, query: string): Found[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const byName = collect(model.diagram, [], (label) => has(label));
  if (byName.length > 0) return byName;
  const hits = new Set(model.anatomy.tensors.flatMap((tensor, i) => (has(pathOf(tensor)) ? [i] : [])));
  return collect(
    model.diagram,
    [],
    (_, tensors, isLeaf) => isLeaf && tensors.some((index) => hits.has(index)),
  );
}

function collect(
  { nodes }: BlockDiagram,
  parents: string[],
  isFound: (label: string, tensors: number[], isLeaf: boolean) => boolean,
): Found[] {
  return nodes.flatMap(({ id, label, tensors, children }) => [
    ...(isFound(label, tensors, !children) ? [{ id, parents }] : []),
    ...(children ? collect(children, [...parents, id], isFound) : []),
  ]);
}
