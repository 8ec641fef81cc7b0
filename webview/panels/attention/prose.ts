import * as l10n from '@vscode/l10n';
import type { AttentionResult } from '../../../src/shared/attention';
import type { Token } from '../../../src/shared/tokens';
import { scaleIndex } from '../../charts/colour';
import { itemLabel, tokenLabel } from '../../charts/labels';
import { formatWeight } from '../../charts/rows';
import { segmented } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { checkbox } from '../../ui/toolkit';
import { paletteOf } from './palette';
import { activeReading, weightsOfSide } from './reading';
import { tint } from './text';
import { shownName } from './tools';
import { keySide, KIND_NAMES, querySide, sideTokens, tabOf } from './view';
import type { Actions, Part, Side, View } from './view';

/** The text as it was written, coloured by what the chosen token reads or by what reads it. */
export function createProse(actions: Actions): Part {
  const heading = h('h2');
  const direction = segmented(l10n.t('Direction'), [l10n.t('Reads'), l10n.t('Is read by')], (index) =>
    actions.setState({ reading: index ? 'to' : 'from' }),
  );
  const editor = checkbox(l10n.t('Color the editor too'), (inEditor) => actions.setState({ inEditor }));
  const sides = { input: h('div', { class: 'prose' }), target: h('div', { class: 'prose' }) };
  const titles = { input: h('h3', {}, l10n.t('Input')), target: h('h3', {}, l10n.t('Target')) };
  const readout = h('p', { class: 'readout' });
  const note = h('p', { class: 'hint' });
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Weights of the tokens') },
  });
  const element = h(
    'section',
    { class: 'prose-view' },
    h('div', { class: 'matrix-head' }, heading, direction.element, editor),
    note,
    titles.input,
    sides.input,
    titles.target,
    sides.target,
    readout,
    table,
  );
  let view: View | null = null;
  const spans: Record<Side, HTMLElement[]> = { input: [], target: [] };
  const rebuild = changeDetector();
  const repaint = changeDetector();
  for (const side of ['input', 'target'] as const) {
    listen(
      sides[side],
      side,
      actions,
      () => view,
      (text) => setText(readout, text),
    );
  }
  return {
    element,
    update(next: View) {
      view = next;
      const { result, linked } = next.snapshot;
      element.hidden = !result || tabOf(next.state) !== 'text';
      if (element.hidden || !result) return;
      if (rebuild(result)) {
        spans.input = write(sides.input, result, 'input');
        spans.target = write(sides.target, result, 'target');
      }
      const asTable = next.state.view === 'table';
      titles.input.hidden = titles.target.hidden = !result.target || asTable;
      sides.input.hidden = asTable;
      sides.target.hidden = !result.target || asTable;
      table.hidden = !asTable;
      setText(heading, shownName(next.state.kind ? KIND_NAMES[next.state.kind] : '', next.state));
      direction.set([], next.state.reading === 'to' ? 1 : 0);
      editor.checked = next.state.inEditor ?? false;
      editor.hidden = !linked;
      element.setAttribute('aria-busy', String(next.loading || next.waiting));
      if (!repaint(result, next.shown, next.state, next.pointer, next.cursor, next.theme)) return;
      setText(note, noteOf(next, result));
      for (const side of ['input', 'target'] as const) paint(spans[side], side, next, result);
      if (asTable) table.replaceChildren(weightTable(next, result));
    },
  };
}

/** Everything as it stands in the text; special tokens, which stand nowhere, in between as they were fed. */
function write(place: HTMLElement, result: AttentionResult, side: Side): HTMLElement[] {
  const tokens = sideTokens(result, side);
  const texts = side === 'input' ? result.segments.map(({ text }) => text) : [result.target?.text ?? ''];
  const nodes: (Node | string)[] = [];
  let [segment, written] = [0, 0];
  const catchUp = (to: Token) => {
    for (; segment < to.segment; segment++, written = 0)
      nodes.push((texts[segment] ?? '').slice(written), h('span', { class: 'segment-break' }));
    if (to.special) return;
    nodes.push((texts[segment] ?? '').slice(written, Math.max(written, to.start)));
    written = Math.max(written, to.end);
  };
  const spans = tokens.map((token, index) => {
    const text = token.special
      ? tokenLabel(token)
      : (texts[token.segment] ?? '').slice(
          Math.max(token.start, token.segment === segment ? written : 0),
          token.end,
        );
    catchUp(token);
    const span = tokenSpan(token, index, text);
    nodes.push(span);
    return span;
  });
  nodes.push((texts[segment] ?? '').slice(written));
  place.replaceChildren(...nodes);
  spans[0]?.setAttribute('tabindex', '0');
  return spans;
}

function tokenSpan(token: Token, index: number, text: string): HTMLElement {
  const attributes = {
    tabindex: '-1',
    role: 'button',
    'aria-label': `${index} ${tokenLabel(token)}`,
    'data-token': String(index),
  };
  return h('span', { class: token.special ? 'prose-token special' : 'prose-token', attributes }, text);
}

function paint(spans: HTMLElement[], side: Side, view: View, result: AttentionResult): void {
  const weights = weightsOfSide(view, result, side);
  const { scale, maximum } = paletteOf(view);
  const reading = activeReading(view);
  const { kind } = view.state;
  const chosenSide = kind && (reading?.direction === 'to' ? keySide(result, kind) : querySide(result, kind));
  spans.forEach((span, token) => {
    tint(span, weights ? (weights[token] ?? null) : null, scale, maximum);
    const chosen = side === chosenSide && reading?.tokens.includes(token);
    span.classList.toggle('chosen', Boolean(chosen));
    span.classList.toggle('cursor', side === 'input' && view.cursor === token);
    span.setAttribute('aria-pressed', String(Boolean(chosen)));
    const weight = weights?.[token];
    span.title = weight === undefined || weight === null ? '' : formatWeight(weight);
  });
}

function noteOf(view: View, result: AttentionResult): string {
  const reading = activeReading(view);
  if (!reading) return l10n.t('Nothing is chosen.');
  const name = `${reading.tokens[0]} ${itemLabel(reading.item)}`;
  const kind = view.state.kind ?? 'encoder';
  const across = querySide(result, kind) !== keySide(result, kind);
  return reading.direction === 'from'
    ? across
      ? l10n.t`Colored by what ${name} reads. Choose another token in the target to see its own.`
      : l10n.t`Colored by what ${name} reads. Choose another token to see its own.`
    : across
      ? l10n.t`Colored by how much each token reads ${name}. Choose another token in the input to see its own.`
      : l10n.t`Colored by how much each token reads ${name}. Choose another token to see its own.`;
}

function listen(
  place: HTMLElement,
  side: Side,
  actions: Actions,
  view: () => View | null,
  tell: (text: string) => void,
): void {
  const tokenAt = (event: Event): number | null => {
    const found = (event.target as Element).closest<HTMLElement>('[data-token]');
    return found ? Number(found.dataset.token) : null;
  };
  const describe = (token: number): string => {
    const now = view();
    const { result } = now?.snapshot ?? {};
    const weight = now && result ? weightsOfSide(now, result, side)?.[token] : null;
    const label = result ? tokenLabel(sideTokens(result, side)[token] ?? { text: '', piece: '' }) : '';
    return `${token} ${label}${weight === null || weight === undefined ? '' : `: ${formatWeight(weight)}`}`;
  };
  const choose = (token: number) => {
    const now = view();
    const { result } = now?.snapshot ?? {};
    const kind = now?.state.kind;
    if (!now || !result || !kind) return;
    if (now.state.reading === 'to') {
      if (keySide(result, kind) === side) actions.setState({ key: now.state.key === token ? null : token });
    } else if (querySide(result, kind) === side) actions.pin(now.state.query === token ? null : token);
  };
  const over = (event: Event) => {
    const token = tokenAt(event);
    tell(token === null ? '' : describe(token));
    actions.point(null, token === null ? null : { side, token });
  };
  place.addEventListener('pointerover', over);
  place.addEventListener('focusin', (event) => {
    over(event);
    const token = tokenAt(event);
    if (token !== null) actions.say(describe(token));
  });
  place.addEventListener('pointerleave', () => {
    tell('');
    actions.point(null, null);
  });
  place.addEventListener('click', (event) => {
    const token = tokenAt(event);
    if (token !== null) choose(token);
  });
  place.addEventListener('keydown', (event) => {
    const token = tokenAt(event);
    if (token === null) return;
    const all = place.querySelectorAll<HTMLElement>('[data-token]');
    const to = { ArrowLeft: token - 1, ArrowRight: token + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) moveFocus(all, token, Math.max(0, Math.min(all.length - 1, to)));
    else if (event.key === 'Enter' || event.key === ' ') choose(token);
    else return;
    event.preventDefault();
  });
}

function moveFocus(all: NodeListOf<HTMLElement>, from: number, to: number): void {
  all[from]?.setAttribute('tabindex', '-1');
  all[to]?.setAttribute('tabindex', '0');
  all[to]?.focus();
}

function weightTable(view: View, result: AttentionResult): HTMLElement {
  const { kind } = view.state;
  const reading = activeReading(view);
  const side = kind && (reading?.direction === 'to' ? querySide(result, kind) : keySide(result, kind));
  const weights = side ? weightsOfSide(view, result, side) : null;
  const rows = (side ? sideTokens(result, side) : []).map((token, index) => {
    const weight = weights?.[index];
    return h(
      'tr',
      {},
      h('td', { class: 'number' }, String(index)),
      h('td', {}, h('bdi', { class: 'token' }, tokenLabel(token))),
      h('td', { class: 'number' }, weight === undefined || weight === null ? 'hidden' : formatWeight(weight)),
    );
  });
  const top = h(
    'tr',
    {},
    ...[l10n.t('Token'), l10n.t('Text'), l10n.t('Weight')].map((title) =>
      h('th', { attributes: { scope: 'col' } }, title),
    ),
  );
  const caption = h('caption', {}, h('span', {}, noteOf(view, result)));
  return h('table', {}, caption, h('thead', {}, top), h('tbody', {}, ...rows));
}

/** Strength of each token's colour in the editor, 0 to 1; null where the colouring is off or not of the input. */
export function editorWeights(view: View): number[] | null {
  const { result, linked } = view.snapshot;
  if (!result || !linked || !view.state.inEditor) return null;
  const weights = weightsOfSide(view, result, 'input');
  const { maximum } = paletteOf(view);
  return weights ? Array.from(weights, (weight) => scaleIndex(weight ?? 0, maximum) / 255) : null;
}
