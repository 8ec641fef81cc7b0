import * as l10n from '@vscode/l10n';
import type { AttentionResult } from '../../../src/shared/attention';
import type { Token } from '../../../src/shared/tokens';
import { scaleIndex, tintsOf } from '../../charts/colour';
import type { ColourScale, Tint } from '../../charts/colour';
import { tokenLabel } from '../../charts/labels';
import { matrixRow } from '../../charts/rows';
import { changeDetector, h } from '../../ui/dom';
import { paletteOf } from './palette';
import { rowOfToken } from './shown';
import type { Axis } from './shown';
import { activeQuery, keySide, pointerOf, querySide, sideTokens, tabOf } from './view';
import type { Actions, Part, Side, View } from './view';

/** The text itself as tokens: the link between the matrix, the list and the editor. */
export function createText(actions: Actions, side: Side): Part {
  const heading = h('h2', {}, side === 'input' ? l10n.t('Input') : l10n.t('Target'));
  const note = h('span', { class: 'hint' });
  const list = h('div', {
    class: 'chips',
    attributes: { role: 'listbox', 'aria-orientation': 'horizontal' },
  });
  const element = h('section', { class: 'text' }, h('div', { class: 'text-head' }, heading, note), list);
  let chips: HTMLElement[] = [];
  let places: number[] = [];
  let view: View | null = null;
  const rebuild = changeDetector();
  const repaint = changeDetector();
  const follow = changeDetector();
  let seen = EVERY_CHIP;
  const look = () => {
    const now = chipsInSight(list, places);
    const same = now.start === seen.start && now.end === seen.end;
    seen = now;
    if (!same && view) paint(view);
  };
  const measure = () => {
    places = chips.map(({ offsetTop }) => offsetTop);
    look();
  };
  const paint = (next: View) => {
    const { result } = next.snapshot;
    if (result) paintChips(chips, seen, next, result, side, activeQuery(next));
  };
  new ResizeObserver(measure).observe(list);
  list.addEventListener('scroll', look);
  listenToChips(
    list,
    actions,
    side,
    () => view,
    (token) => chips[token],
  );
  return {
    element,
    update(next: View) {
      view = next;
      const { result } = next.snapshot;
      element.hidden = !result || (side === 'target' && !result.target) || tabOf(next.state) === 'text';
      if (!result || element.hidden) return;
      if (rebuild(result)) {
        chips = buildChips(list, result, side);
        heading.textContent = result.target
          ? side === 'input'
            ? l10n.t('Input')
            : l10n.t('Target')
          : l10n.t('Text');
        list.setAttribute(
          'aria-label',
          side === 'input' ? l10n.t('Tokens of the input') : l10n.t('Tokens of the target'),
        );
        places = [];
        requestAnimationFrame(measure);
      }
      const query = activeQuery(next);
      if (!repaint(result, query, next.shown, next.state, next.pointer, next.cursor, next.theme)) return;
      note.textContent = noteOf(next, result, side, query);
      paint(next);
      if (follow(next.state.query, next.cursor)) scrollTo(list, chips[next.state.query ?? next.cursor ?? -1]);
    },
  };
}

/** Who wrote the target, and what the colours of the tokens are. */
function noteOf(
  { state: { kind } }: View,
  result: AttentionResult,
  side: Side,
  query: number | null,
): string {
  const written =
    side === 'target' && result.target?.source === 'generated' ? l10n.t('Written by the model.') : '';
  const coloured = kind && keySide(result, kind) === side && query !== null;
  return [written, coloured ? l10n.t`Colored by what query ${query} reads.` : ''].join(' ').trim();
}

function buildChips(list: HTMLElement, result: AttentionResult, side: Side): HTMLElement[] {
  const tokens = sideTokens(result, side);
  const text = (token: Token) =>
    side === 'input' ? (result.segments[token.segment]?.text ?? '') : (result.target?.text ?? '');
  const chips = tokens.map((token, index) => chip(token, index, text(token)));
  const nodes: Node[] = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (before && side === 'input' && before.segment !== token.segment) {
      nodes.push(h('span', { class: 'segment-break', attributes: { role: 'presentation' } }));
    } else if (before && breaksLine(before, token, text(token))) {
      nodes.push(h('span', { class: 'line-break', attributes: { role: 'presentation' } }));
    }
    if (before && joined(before, token)) chips[index - 1]?.classList.add('joined');
    nodes.push(chips[index] as Node);
  });
  chips[0]?.setAttribute('tabindex', '0');
  list.replaceChildren(...nodes);
  return chips;
}

function chip(token: Token, index: number, text: string): HTMLElement {
  const label = tokenLabel(token);
  const place = token.special ? l10n.t('special token') : l10n.t`characters ${token.start} to ${token.end}`;
  const title = l10n.t`Token ${index}: ${label}\nPiece ${token.piece}, id ${token.id}\n${token.special ? l10n.t('Special token') : l10n.t`Characters ${token.start}–${token.end} of ${text.length}`}`;
  const attributes = {
    role: 'option',
    tabindex: '-1',
    'data-token': String(index),
    'aria-selected': 'false',
    'aria-label': `${index} ${label}, ${place}`,
  };
  return h(
    'span',
    { class: token.special ? 'chip special' : 'chip', title, attributes },
    h('bdi', {}, label),
  );
}

/** Parts of one word stand close together. */
function joined(before: Token, token: Token): boolean {
  return (
    !before.special &&
    !token.special &&
    before.end === token.start &&
    !/^\s/.test(token.text) &&
    !/\s$/.test(before.text)
  );
}

function breaksLine(before: Token, token: Token, text: string): boolean {
  if (token.special || before.special) return false;
  return text.slice(before.end, token.start).includes('\n') || before.text.endsWith('\n');
}

function listenToChips(
  list: HTMLElement,
  actions: Actions,
  side: Side,
  view: () => View | null,
  chipAt: (token: number) => HTMLElement | undefined,
): void {
  const tokenAt = (event: Event): number | null => {
    const found = (event.target as Element).closest<HTMLElement>('[data-token]');
    return found ? Number(found.dataset.token) : null;
  };
  const point = (token: number | null) => {
    const { result } = view()?.snapshot ?? {};
    const kind = view()?.state.kind;
    if (!result || !kind) return;
    if (token === null) actions.point(null, null);
    else actions.point(pointerOf(result, kind, side, token), { side, token });
  };
  const pin = (token: number, toggle: boolean) => {
    const now = view();
    const result = now?.snapshot.result;
    if (!result || !now.state.kind || querySide(result, now.state.kind) !== side) return;
    actions.pin(toggle && now.state.query === token ? null : token);
  };
  const reveal = (token: number) => {
    if (side === 'input' && view()?.snapshot.linked) actions.send('reveal', { token });
  };
  list.addEventListener('pointerover', (event) => point(tokenAt(event)));
  list.addEventListener('pointerleave', () => point(null));
  list.addEventListener('focusin', (event) => point(tokenAt(event)));
  list.addEventListener('focusout', () => point(null));
  list.addEventListener('click', (event) => {
    const token = tokenAt(event);
    if (token === null) return;
    focusChip(chipAt(token), list);
    if (event.detail < 2) pin(token, true);
  });
  list.addEventListener('dblclick', (event) => {
    const token = tokenAt(event);
    if (token === null) return;
    pin(token, false);
    reveal(token);
  });
  list.addEventListener('keydown', (event) => {
    const token = tokenAt(event);
    if (token === null) return;
    const count = list.querySelectorAll('[data-token]').length;
    const to = { ArrowLeft: token - 1, ArrowRight: token + 1, Home: 0, End: count - 1 }[event.key];
    if (to !== undefined) focusChip(chipAt(Math.max(0, Math.min(count - 1, to))), list);
    else if (event.key === 'Enter' || event.key === ' ') {
      pin(token, event.key === ' ');
      if (event.key === 'Enter') reveal(token);
    } else if (event.key === 'Escape') actions.pin(null);
    else return;
    event.preventDefault();
  });
}

/** Moves the list's one tab stop along with the focus. */
function focusChip(chip: HTMLElement | undefined, list: HTMLElement): void {
  if (!chip) return;
  list.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
  chip.setAttribute('tabindex', '0');
  chip.focus();
}

/** Brings a token into sight inside the list, leaving the page where it is. */
function scrollTo(list: HTMLElement, chip: HTMLElement | undefined): void {
  if (!chip) return;
  const outer = list.getBoundingClientRect();
  const inner = chip.getBoundingClientRect();
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
}

/** Chips by their numbers, from the first to before the last. */
interface ChipRange {
  start: number;
  end: number;
}

const EVERY_CHIP: ChipRange = { start: 0, end: Infinity };
/** So much above and below what is in sight is colored, too: a line or two are there before a scroll is told of. */
const AHEAD_PX = 60;

/** The chips that the list shows, by how far down each lies: of hundreds, most are scrolled out of sight. */
function chipsInSight(list: HTMLElement, places: number[]): ChipRange {
  const first = places[0] ?? 0;
  const top = list.scrollTop - AHEAD_PX;
  const bottom = list.scrollTop + list.clientHeight + AHEAD_PX;
  const end = places.findIndex((place) => place - first > bottom);
  return {
    start: Math.max(
      0,
      places.findIndex((place) => place - first >= top),
    ),
    end: end < 0 ? Infinity : end,
  };
}

/** Marks every chip, and colors those in sight. */
function paintChips(
  chips: HTMLElement[],
  seen: ChipRange,
  view: View,
  result: AttentionResult,
  side: Side,
  query: number | null,
): void {
  const { kind } = view.state;
  if (!kind) return;
  const isQuerySide = querySide(result, kind) === side;
  const isKeySide = keySide(result, kind) === side;
  const { shown } = view;
  const row = isKeySide && shown?.matrix.kind === kind ? rowOfToken(shown.queries, query) : null;
  const weights = shown && row !== null ? matrixRow(shown.matrix, row) : null;
  const weightOf = (token: number) => {
    const column = rowOfToken(shown?.keys, token);
    return weights && column !== null ? (weights[column] as number) : null;
  };
  const { scale, maximum } = paletteOf(view);
  const pointed = pointedTokens(view, isQuerySide, isKeySide);
  const asked = isQuerySide ? query : null;
  const pinned = isQuerySide ? view.state.query : null;
  const cursor = side === 'input' ? view.cursor : null;
  const marksOf = (token: number) =>
    [
      token === asked && 'query',
      token === pinned && 'pinned',
      pointed.has(token) && 'pointed',
      token === cursor && 'cursor',
    ]
      .filter(Boolean)
      .join(' ');
  chips.forEach((chip, token) => {
    if (token >= seen.start && token < seen.end) tint(chip, weightOf(token), scale, maximum);
    mark(
      chip,
      token === asked || token === pinned || token === cursor || pointed.has(token) ? marksOf(token) : '',
    );
  });
}

const MARKS = ['query', 'pinned', 'pointed', 'cursor'];
const marked = new WeakMap<HTMLElement, string>();

/** Leaves a chip alone that is marked so already: hundreds are gone through for every move of the pointer. */
function mark(chip: HTMLElement, marks: string): void {
  if ((marked.get(chip) ?? '') === marks) return;
  marked.set(chip, marks);
  const on = marks.split(' ');
  for (const name of MARKS) chip.classList.toggle(name, on.includes(name));
  chip.setAttribute('aria-selected', String(on.includes('pinned')));
}

/** Tokens of the rows and columns pointed at, on this side. */
function pointedTokens({ pointer, shown }: View, isQuerySide: boolean, isKeySide: boolean): Set<number> {
  const members = (axis: Axis | undefined, token: number | null | undefined) =>
    axis?.items[rowOfToken(axis, token) ?? -1]?.tokens ?? [];
  return new Set([
    ...(isQuerySide ? members(shown?.queries, pointer?.query) : []),
    ...(isKeySide ? members(shown?.keys, pointer?.key) : []),
  ]);
}

const tinted = new WeakMap<HTMLElement, Tint>();

/** Colours a key by its weight; the ink follows the colour. */
export function tint(element: HTMLElement, weight: number | null, scale: ColourScale, maximum: number): void {
  const tint = weight === null ? undefined : tintsOf(scale)[scaleIndex(weight, maximum)];
  if (tinted.get(element) === tint) return;
  element.style.backgroundColor = tint?.colour ?? '';
  element.style.color = tint?.ink ?? '';
  if (tint) tinted.set(element, tint);
  else tinted.delete(element);
}
