import * as l10n from '@vscode/l10n';
import type { ReportPart } from '../../../src/shared/report';
import { changeDetector, h } from '../../ui/dom';
import { createNext, partElementId } from './actions';
import { createChart } from './chart';
import { createDiagram } from './diagram';
import { exportButtons } from './exports';
import { createTable } from './table';
import { createTokens } from './tokens';
import type { Actions, Part, View } from './view';

/** Shares of a wide panel's width. */
const SIZES = ['half', 'third'] as const;

/** A report's part on the screen, which follows newer versions of itself without being made anew. */
export interface Block {
  element: HTMLElement;
  update(part: ReportPart, view: View): void;
}

/** What the probe found: sentences, then figures and tables in the report's order, then exports. */
export function createResults(actions: Actions): Part {
  const findings = h('ul', { class: 'findings' });
  const parts = h('div', { class: 'parts' });
  const element = h('section', { class: 'results', attributes: { 'aria-label': l10n.t('Result') } });
  const next = createNext(actions);
  element.append(findings, next.element, parts, exportButtons(actions));
  const blocks = new Map<string, Block>();
  const changed = changeDetector();
  return {
    element,
    update(view) {
      const result = view.snapshot?.result;
      element.hidden = !result;
      next.update(view);
      if (!result || !changed(result, view.theme)) return;
      const { report } = result;
      findings.replaceChildren(...report.findings.map((finding) => h('li', {}, finding)));
      const shown = report.parts.map((part) => {
        const name = `${part.kind} ${part.id}`;
        const block = blocks.get(name) ?? createBlock(part, actions);
        blocks.set(name, block);
        return { block, part };
      });
      const elements = shown.map(({ block }) => block.element);
      if (elements.some((one, i) => parts.children[i] !== one) || parts.children.length !== elements.length) {
        parts.replaceChildren(...elements);
      }
      for (const { block, part } of shown) {
        for (const size of SIZES)
          block.element.classList.toggle(size, part.kind !== 'table' && part.size === size);
        block.element.id = partElementId(part.id);
        block.update(part, view);
      }
    },
  };
}

function createBlock(part: ReportPart, actions: Actions): Block {
  if (part.kind === 'table') return createTable(part.id, actions);
  if (part.kind === 'tokens') return createTokens(part.id, actions);
  if (part.kind === 'diagram') return createDiagram(part, actions);
  return createChart(part, actions);
}
