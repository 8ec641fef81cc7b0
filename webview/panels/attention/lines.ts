import * as l10n from '@vscode/l10n';
import { itemLabel, shorten } from '../../charts/labels';
import { formatWeight } from '../../charts/rows';
import { cssColour } from '../../charts/colour';
import { headColour } from '../../charts/headColours';
import type { Links } from '../../charts/links';
import { lineSvg } from '../../charts/lineSvg';
import { PRINT_THEME } from '../../charts/printTheme';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { count } from './header';
import { LineView } from './lineView';
import type { LinePlace } from './lineView';
import { linkTable } from './linkTable';
import { rowOfToken, tokenOf } from './shown';
import type { Shown } from './shown';
import { paletteOf } from './palette';
import { keySide, KIND_NAMES, layersOf, querySide, tabOf } from './view';
import type { Actions, Part, View } from './view';

/** Two columns of tokens and a line for each weight: the chosen head, and others of its layer in their own colours. */
export function createLines(actions: Actions): Part {
  const heading = h('h2');
  const heads = h('div', {
    class: 'head-chips',
    attributes: { role: 'group', 'aria-label': l10n.t('Heads') },
  });
  const note = h('p', { class: 'hint' });
  const readout = h('p', { class: 'readout' });
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Links') },
  });
  let view: View | null = null;
  let drawn: Shown[] = [];
  const lines = new LineView({
    pointed: (place) => {
      readout.textContent = place ? describe(place) : '';
      point(place);
    },
    chosen: (place) => choose(place),
    spoken: (place) => actions.say(spoken(place)),
  });
  const zoom = h(
    'div',
    { class: 'zoom' },
    button(l10n.t('Larger rows'), 'icon', () => lines.zoom(1.4), '+'),
    button(l10n.t('Smaller rows'), 'icon', () => lines.zoom(1 / 1.4), '−'),
    button(l10n.t('Show all tokens'), 'icon', () => lines.zoom('all'), '⤢'),
  );
  const element = h(
    'section',
    { class: 'lines' },
    h('div', { class: 'matrix-head' }, heading, zoom),
    heads,
    lines.element,
    readout,
    note,
    table,
  );
  const rebuild = changeDetector();
  const redraw = changeDetector();

  const point = (place: LinePlace | null) => {
    const { result } = view?.snapshot ?? {};
    const shown = drawn[0];
    if (!place || !result || !shown) return actions.point(null, null);
    const query = tokenOf(shown.queries, place.query);
    const key = tokenOf(shown.keys, place.key);
    const { kind } = shown.matrix;
    const hover =
      key !== null
        ? { side: keySide(result, kind), token: key }
        : query !== null
          ? { side: querySide(result, kind), token: query }
          : null;
    actions.point({ query, key }, hover);
  };
  const choose = (place: LinePlace | null) => {
    const shown = drawn[0];
    if (!shown || !view) return;
    const query = place && tokenOf(shown.queries, place.query);
    const key = place && tokenOf(shown.keys, place.key);
    const again = place && query === view.state.query && key === (view.state.key ?? null);
    actions.setState({ key: again ? null : key });
    actions.pin(again ? null : query);
  };
  const describe = ({ query, key, link }: LinePlace): string => {
    const shown = drawn[0] as Shown;
    const name = (axis: Shown['queries'], row: number | null) =>
      row === null ? '' : `${tokenOf(axis, row)} ${itemLabel(axis.items[row] ?? { text: '' })}`;
    const ends = [name(shown.queries, query), name(shown.keys, key)].filter(Boolean).join(' → ');
    return link
      ? l10n.t`${ends}: ${formatWeight(link.weight)}, head ${headsOf(view as View)[link.head] as number}`
      : ends;
  };
  const spoken = (place: LinePlace): string => {
    const shown = drawn[0] as Shown;
    return `${place.query === null ? l10n.t('Key') : l10n.t('Query')} ${describe(place)}. ${strongest(shown, place)}`;
  };

  let shownLinks: Links | null = null;
  return {
    element,
    svg: () => view && shownLinks && svgOf(view, shownLinks),
    update(next: View) {
      view = next;
      const { result } = next.snapshot;
      element.hidden = !result || tabOf(next.state) !== 'lines';
      if (element.hidden || !result || !next.shown) return;
      drawn = matricesOf(next, actions);
      const { kind, layer } = next.state;
      setText(heading, l10n.t`${kind ? KIND_NAMES[kind] : ''}, layer ${layer}`);
      buildHeads(next);
      const asTable = next.state.view === 'table';
      lines.element.hidden = zoom.hidden = readout.hidden = asTable;
      table.hidden = !asTable;
      element.setAttribute('aria-busy', String(drawn.length < headsOf(next).length));
      const { state, theme, pointer } = next;
      if (!redraw(state, theme, pointer, next.shown, ...drawn)) return;
      const links = lines.draw({
        matrices: drawn,
        colours: headsOf(next).map((_, index) => headColour(index, theme)),
        palette: paletteOf(next),
        chosen: {
          query: rowOfToken(next.shown.queries, state.query),
          key: rowOfToken(next.shown.keys, state.key),
        },
        pointed: {
          query: rowOfToken(next.shown.queries, pointer?.query),
          key: rowOfToken(next.shown.keys, pointer?.key),
        },
        theme,
      });
      shownLinks = links;
      lines.label(summaryOf(next, links, next.shown));
      setText(note, noteOf(links));
      if (asTable) table.replaceChildren(linkTable(links, next.shown, headsOf(next)));
    },
  };

  function buildHeads(next: View): void {
    const { result } = next.snapshot;
    const { state, theme } = next;
    const total = result
      ? (layersOf(result, state.kind).find(({ layer }) => layer === state.layer)?.heads ?? 0)
      : 0;
    heads.hidden = (state.combination ?? 'head') !== 'head';
    if (!rebuild(total, headsOf(next).join(), theme.kind)) return;
    const chosen = headsOf(next);
    const all = button(
      chosen.length === total ? l10n.t('Only this head') : l10n.t('All heads'),
      'secondary',
      () =>
        actions.setState({
          lines: chosen.length === total ? [] : Array.from({ length: total }, (_, head) => head),
        }),
    );
    const chips = Array.from({ length: total }, (_, head) => headChip(head, chosen, next));
    const focused = chips.findIndex((_, head) => heads.children[head] === document.activeElement);
    heads.replaceChildren(...chips, ...(total > 1 ? [all] : []));
    chips[focused]?.focus();
  }

  function headChip(head: number, chosen: number[], { state, theme }: View): HTMLElement {
    const place = chosen.indexOf(head);
    const swatch = h('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } });
    if (place >= 0) swatch.style.backgroundColor = cssColour(headColour(place, theme));
    const attributes = {
      type: 'button',
      'aria-pressed': String(place >= 0),
      'aria-label': l10n.t`Head ${head}`,
    };
    const toggle = () => {
      const others = chosen.filter((other) => other !== state.head && other !== head);
      if (head !== state.head) return actions.setState({ lines: place >= 0 ? others : [...others, head] });
      const next = others[0];
      if (next !== undefined) actions.choose({ head: next });
      actions.setState({ lines: others.slice(1) });
    };
    return h('button', { class: 'head-chip', attributes, on: { click: toggle } }, swatch, String(head));
  }
}

/** The heads that are drawn: the chosen one first. An aggregate stands alone. */
function headsOf({ state }: View): number[] {
  if ((state.combination ?? 'head') !== 'head') return [state.head];
  return [state.head, ...(state.lines ?? []).filter((head) => head !== state.head)];
}

/** What has come of the matrices to be drawn. */
function matricesOf(view: View, actions: Actions): Shown[] {
  const [, ...others] = headsOf(view);
  const found = others.map((head) => actions.shownHead(head)).filter((shown) => shown !== null);
  return view.shown ? [view.shown, ...found] : [];
}

/** The three strongest ends of a token's links in the chosen head. */
function strongest({ matrix, queries, keys }: Shown, { query, key }: LinePlace): string {
  const [axis, weights] =
    query !== null
      ? [keys, matrix.weights.subarray(query * matrix.keys, (query + 1) * matrix.keys)]
      : [
          queries,
          Float32Array.from(
            { length: matrix.queries },
            (_, row) => matrix.weights[row * matrix.keys + (key ?? 0)] as number,
          ),
        ];
  const order = [...weights.keys()]
    .sort((a, b) => (weights[b] as number) - (weights[a] as number))
    .slice(0, 3);
  const names = order.map(
    (row) => `${itemLabel(axis.items[row] ?? { text: '' })} ${formatWeight(weights[row] as number)}`,
  );
  return `${query !== null ? l10n.t('Reads') : l10n.t('Read by')} ${names.join(', ')}`;
}

function svgOf(view: View, links: Links): string | null {
  const { shown, snapshot, state } = view;
  if (!shown || !snapshot.result) return null;
  const kind = state.kind ? KIND_NAMES[state.kind] : '';
  return lineSvg({
    title: l10n.t`${snapshot.result.model.name}: ${kind}, layer ${state.layer}`,
    queries: shown.queries.items.map(itemLabel),
    keys: shown.keys.items.map(itemLabel),
    links,
    heads: headsOf(view).map((head, i) => ({
      name: l10n.t`head ${head}`,
      colour: headColour(i, PRINT_THEME),
    })),
    maximum: paletteOf(view).maximum,
  });
}

function noteOf({ count: drawn, total, least }: Links): string {
  if (drawn === total)
    return l10n.t`${count(total)} links. Click a token on either side for its own; click it again for all.`;
  return l10n.t`The ${count(drawn)} strongest of ${count(total)} links: weights from ${shorten(formatWeight(least))} on. Click a token for all of its own.`;
}

function summaryOf(view: View, links: Links, shown: Shown): string {
  const { kind, layer } = view.state;
  return l10n.t`${kind ? KIND_NAMES[kind] : ''}, layer ${layer}, heads ${headsOf(view).join(', ')}: ${shown.matrix.queries} queries left, ${shown.matrix.keys} keys right, ${count(links.count)} links. Up and down move through the tokens, left and right change the side, Enter pins; the table has all numbers.`;
}
