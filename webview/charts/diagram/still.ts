import type { DiagramFigure } from '../../../src/shared/report';
import { arrowHeads, drawLayout } from './draw';
import { layoutDiagram } from './layout';
import { shape, toMarkup } from './shape';

/** Width of a letter of a label where no page can measure it; a little more than most fonts need. */
const LETTER_PX = 7.8;
const MARGIN = 12;

/** A diagram as SVG text without a page, for the command line's report; it wants `DIAGRAM_STYLE`. */
export function diagramMarkup({ title, diagram, total, unfolded }: DiagramFigure): string {
  const open = new Set(unfolded);
  const layout = layoutDiagram(diagram, {
    inside: (node) =>
      node.children && open.has(node.id) ? { diagram: node.children, stage: 'modules' } : null,
    measure: (text) => Math.ceil(LETTER_PX * text.length),
    total,
  });
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN].map(Math.ceil);
  const drawn = drawLayout(layout, { selected: null, found: new Set(), unfoldable: new Set(), total });
  const moved = shape('g', { transform: `translate(${MARGIN} ${MARGIN})` }, drawn);
  const size = { width: width ?? 0, height: height ?? 0 };
  const viewBox = `0 0 ${size.width} ${size.height}`;
  return toMarkup(
    shape(
      'svg',
      { ...size, viewBox, class: 'diagram', role: 'img', 'aria-label': title },
      arrowHeads(),
      moved,
    ),
  );
}

/** The colors of a printed page for what `drawLayout` names. */
export const DIAGRAM_STYLE = `
.diagram text { fill: #1f1f1f; font: 13px system-ui, sans-serif; } .diagram .name { font-weight: 600; }
.diagram .size { fill: #5a5a5a; font-size: 12px; } .diagram .middle, .diagram .sign { text-anchor: middle; }
.diagram .end { text-anchor: end; } .diagram .toggle { display: none; }
.diagram .frame, .diagram .ground { fill: #fff; stroke: var(--tone, #5a5a5a); }
.diagram .ground { fill: #f5f5f5; } .diagram .unfolded > .frame { fill: none; stroke: none; }
.diagram .band, .diagram .share { fill: var(--tone, #5a5a5a); } .diagram .share-track { fill: #ddd; }
.diagram .route { fill: none; stroke: #1f1f1f; stroke-width: 1.2; } .diagram .route.residual { stroke: #5a5a5a; stroke-dasharray: 6 3; }
.diagram .route.memory { stroke: #e51400; } .diagram .route.tied { stroke: #1a85ff; stroke-width: 2; stroke-dasharray: 2 4; }
.diagram .head { fill: #1f1f1f; } .diagram .head.residual { fill: #5a5a5a; } .diagram .head.memory { fill: #e51400; }
.diagram .kind-embeddings { --tone: #1a85ff; } .diagram .kind-attention { --tone: #652d90; } .diagram .kind-cross-attention { --tone: #e51400; }
.diagram .kind-feed-forward, .diagram .kind-experts { --tone: #388a34; } .diagram .kind-norm { --tone: #bf8803; } .diagram .kind-head, .diagram .kind-pooler { --tone: #1f1f1f; }`;
