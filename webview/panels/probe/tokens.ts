import * as l10n from '@vscode/l10n';
import type { TokensFigure, TokenValue } from '../../../src/shared/report';
import { formatNumber } from '../../../src/shared/report';
import { cssColour, inkOn } from '../../charts/colour';
import { cellColour } from '../../charts/figures/heatmap';
import { visibleText } from '../../charts/labels';
import { segmented } from '../../ui/controls';
import { h } from '../../ui/dom';
import { tableButtons } from './exports';
import type { Block } from './results';
import { createTableBody } from './table';
import type { Actions, View } from './view';

/** A text whose tokens are colored by a value; pointing at one marks it in the editor, a click goes there. */
export function createTokens(id: string, actions: Actions): Block {
  const title = h('h2');
  const note = h('p', { class: 'hint' });
  const text = h('div', { class: 'chips', attributes: { role: 'group' } });
  const table = createTableBody(actions);
  const csv = tableButtons(id, actions);
  const choice = segmented(l10n.t`View of ${id}`, [l10n.t('Text'), l10n.t('Table')], (index) =>
    switchTo(index),
  );
  const switchTo = (index: number) => {
    choice.set([], index);
    text.hidden = index === 1;
    table.show(index === 1);
    csv.hidden = index === 0;
  };
  switchTo(0);
  text.addEventListener('keydown', (event) => step(text, event));
  const head = h('div', { class: 'part-head' }, title, choice.element, csv);
  return {
    element: h('section', { class: 'part' }, head, text, table.element, note),
    update(part, view) {
      if (part.kind !== 'tokens') return;
      title.textContent = part.title;
      note.textContent = part.note ?? '';
      text.setAttribute('aria-label', part.title);
      text.replaceChildren(...chips(part, view, actions));
      table.update(part, view);
    },
  };
}

function chips(figure: TokensFigure, { theme }: View, actions: Actions): HTMLElement[] {
  const values = figure.tokens.map(({ value }) => value);
  const colour = cellColour(
    { values, value: { ...figure.value, min: figure.signed ? undefined : (figure.value.min ?? 0) } },
    { theme },
  );
  return figure.tokens.map((token, index) => {
    const chip = h('button', { class: 'chip value', attributes: { tabindex: index === 0 ? '0' : '-1' } });
    chip.textContent = visibleText(token.text);
    chip.title = chip.ariaLabel = `${token.text}: ${formatNumber(token.value, figure.value.format)}`;
    if (token.value !== null) {
      const rgb = colour(token.value);
      chip.style.backgroundColor = cssColour(rgb);
      chip.style.color = inkOn(rgb);
    }
    link(chip, token, actions);
    return chip;
  });
}

function link(chip: HTMLElement, { span }: TokenValue, actions: Actions): void {
  if (!span) return;
  const enter = () => actions.send('hover', span);
  const leave = () => actions.send('hover', null);
  chip.addEventListener('pointerenter', enter);
  chip.addEventListener('focus', enter);
  chip.addEventListener('pointerleave', leave);
  chip.addEventListener('blur', leave);
  chip.addEventListener('click', () => actions.send('reveal', span));
}

/** Arrow keys go from token to token. */
function step(text: HTMLElement, event: KeyboardEvent): void {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const all = [...text.children] as HTMLElement[];
  const next = all[all.indexOf(document.activeElement as HTMLElement) + by];
  if (by === 0 || !next) return;
  event.preventDefault();
  for (const chip of all) chip.tabIndex = chip === next ? 0 : -1;
  next.focus();
}
