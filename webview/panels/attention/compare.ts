import * as l10n from '@vscode/l10n';
import type { AxisItem, ShapedMatrix } from '../../../src/shared/aggregate';
import type { AttentionResult } from '../../../src/shared/attention';
import type { ComparedKind, Comparison, DifferenceMatrix } from '../../../src/shared/compare';
import { divergingScale, paintDifferences } from '../../charts/difference';
import { itemLabel, shorten } from '../../charts/labels';
import { maximumWeight, paintWeights } from '../../charts/painter';
import { formatWeight } from '../../charts/rows';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { differenceTable, signed } from './differenceTable';
import { MatrixImage } from './matrixImage';
import type { ImageCell, ImageDrawing } from './matrixImage';
import { scaleOf } from './palette';
import { isMasked, shapingOf, sourceOf } from './shown';
import type { Shown } from './shown';
import { tabOf } from './view';
import type { Actions, Part, View } from './view';
import { simpleTable } from './simpleTable';

/** Two results side by side with one choice, and what differs between them where cells can be subtracted. */
export function createCompare(actions: Actions): Part {
  const choose = button(l10n.t('Choose Result to Compare…'), 'primary', () => actions.send('compare', null));
  const stop = button(l10n.t('Stop Comparing'), 'secondary', () => actions.send('stopComparing', null));
  const empty = h(
    'p',
    { class: 'hint' },
    l10n.t(
      'Another text, model or checkpoint beside this one, with the same layer, head and token chosen in both.',
    ),
  );
  const word = h('p', { class: 'notice-line' });
  const readout = h('p', { class: 'readout' });
  const [own, other, difference] = [
    l10n.t('This result'),
    l10n.t('The other'),
    l10n.t('Difference: other − this'),
  ].map((title) => comparePane(title)) as [ComparePane, ComparePane, ComparePane];
  const panes = h('div', { class: 'panes' }, own.element, other.element, difference.element);
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Heads by how much they differ') },
  });
  const cells = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Cells by how much they differ') },
  });
  const element = h(
    'section',
    { class: 'compare wide-view' },
    h('div', { class: 'tools-body' }, choose, stop),
    empty,
    word,
    panes,
    readout,
    h('div', { class: 'tables' }, cells, table),
  );
  const panesOf = [own, other, difference];
  let view: View | null = null;
  let pointed: ImageCell | null = null;
  let both: Both = { theirs: null, minus: null };
  const changed = changeDetector();
  const [retabled, recelled] = [changeDetector(), changeDetector()];
  for (const pane of panesOf) {
    pane.listen(
      (cell, byKey) => {
        pointed = cell;
        tell(byKey);
      },
      ({ row }) => actions.pin(view?.shown?.queries.items[row]?.tokens[0] ?? null),
      () => view && draw(view),
    );
  }
  return {
    element,
    update(next: View) {
      view = next;
      element.hidden = !next.snapshot.result || tabOf(next.state) !== 'compare';
      if (!element.hidden) draw(next);
    },
  };

  function draw(next: View): void {
    const { result, comparison } = next.snapshot;
    const open = Boolean(comparison && result && comparison.runId === result.runId);
    empty.hidden = open;
    stop.hidden = word.hidden = panes.hidden = readout.hidden = table.hidden = !open;
    cells.hidden = !open || !both.minus;
    choose.textContent = open ? l10n.t('Compare with Another…') : l10n.t('Choose Result to Compare…');
    if (!open || !comparison || !result || !next.shown) return;
    const kind = comparison.kinds.find((entry) => entry.kind === next.state.kind) ?? null;
    setText(word, wordOf(kind, comparison));
    word.hidden = word.textContent === '';
    const source = sourceOf(next.state);
    if (!source) return;
    const shaping = shapingOf(next.state);
    const theirs = actions.fetch('matrix', { runId: comparison.other.runId, source, shaping });
    const minus = kind?.comparable
      ? actions.fetch('difference', { runId: result.runId, other: comparison.other.runId, source, shaping })
      : null;
    difference.element.hidden = !kind?.comparable;
    if (
      !changed(
        next.shown,
        theirs,
        minus,
        next.theme,
        next.state.query,
        pointed,
        ...panesOf.map((pane) => pane.width()),
        comparison,
      )
    )
      return;
    both = { theirs: theirs.value, minus: minus?.value ?? null };
    drawPanes(next, comparison, both);
    const [ownName, otherName] = namesApart(result, comparison.other);
    own.title(l10n.t`This result: ${ownName}`);
    other.title(theirs.failure?.message ?? l10n.t`The other: ${otherName}`);
    if (retabled(comparison, next.state.kind, next.state.layer, next.state.head))
      table.replaceChildren(distanceTable(comparison, next, actions));
    const { minus: differences } = both;
    cells.hidden = !differences;
    if (differences && recelled(differences, both.theirs, next.shown))
      cells.replaceChildren(differenceTable(differences, next.shown.matrix.weights, both.theirs));
    tell();
  }

  function drawPanes(next: View, { other: otherResult }: Comparison, { theirs, minus }: Both): void {
    const { shown, theme } = next;
    if (!shown) return;
    const names = namesOf(shown.queries.items, shown.keys.items);
    const scale = scaleOf(theme);
    const row =
      pointed?.row ?? (next.state.query === null ? null : (shown.queries.rowOf[next.state.query] ?? null));
    const marks = { row: row === -1 ? null : row, column: pointed?.column ?? null };
    const { matrix } = shown;
    const weights = { rows: matrix.queries, columns: matrix.keys, values: matrix.weights };
    const masked = isMasked(shown);
    own.draw({
      theme,
      names,
      marks,
      label: l10n.t`This result, ${matrix.queries} by ${matrix.keys}`,
      pixels: paintWeights(weights, scale, maximumWeight(matrix.weights), masked),
    });
    if (theirs) {
      const [rows, columns] = [theirs.queries.length, theirs.keys.length];
      const inside = {
        row: marks.row !== null && marks.row < rows ? marks.row : null,
        column: marks.column !== null && marks.column < columns ? marks.column : null,
      };
      other.draw({
        theme,
        names: namesOf(theirs.queries, theirs.keys),
        marks: inside,
        label: l10n.t`The other, ${otherResult.model.name}, ${rows} by ${columns}`,
        pixels: paintWeights(
          { rows, columns, values: theirs.weights },
          scale,
          theirs.largest,
          masked && rows === columns,
        ),
      });
    }
    if (minus) {
      difference.draw({
        theme,
        names,
        marks,
        label: l10n.t`Difference, at most ${minus.largest.toFixed(4)}`,
        pixels: paintDifferences(
          { rows: minus.queries.length, columns: minus.keys.length, values: minus.differences },
          divergingScale(theme),
          minus.largest,
        ),
      });
      difference.title(
        l10n.t`Difference: other − this, from −${minus.largest.toFixed(3)} to ${minus.largest.toFixed(3)}`,
      );
    }
  }

  function tell(byKey = false): void {
    const { shown } = view ?? {};
    const text = shown && pointed ? toldOf(shown, pointed, both) : '';
    setText(readout, text);
    if (byKey) actions.say(text);
  }
}

/** What the readout compares; null until it is there. */
interface Both {
  theirs: ShapedMatrix | null;
  minus: DifferenceMatrix | null;
}

/** The names of a cell's row and column, and its weight in both results. */
function toldOf(shown: Shown, { row, column }: ImageCell, { theirs, minus }: Both): string {
  const [query, key] = [shown.queries.items[row], shown.keys.items[column]];
  if (!query || !key) return '';
  const { keys, weights } = shown.matrix;
  const place = row * keys + column;
  const there =
    theirs && column < theirs.keys.length ? theirs.weights[row * theirs.keys.length + column] : null;
  const difference = minus?.differences[place];
  return [
    l10n.t`${itemLabel(query)} → ${itemLabel(key)}: ${formatWeight(weights[place] ?? 0)} here`,
    ...(there === null || there === undefined ? [] : [l10n.t`${formatWeight(there)} there`]),
    ...(difference === undefined ? [] : [l10n.t`difference ${signed(difference)}`]),
  ].join(', ');
}

function namesOf(rows: AxisItem[], columns: AxisItem[]): ImageDrawing['names'] {
  return { rows: rows.map(itemLabel), columns: columns.map(itemLabel) };
}

interface ComparePane {
  element: HTMLElement;
  title(text: string): void;
  width(): number;
  listen(
    pointed: (cell: ImageCell | null, byKey: boolean) => void,
    chosen: (cell: ImageCell) => void,
    resized: () => void,
  ): void;
  draw(drawing: Parameters<MatrixImage['draw']>[0]): void;
}

function comparePane(name: string): ComparePane {
  const heading = h('h3', {}, name);
  const body = h('div', {});
  let width = 0;
  let events: {
    pointed(cell: ImageCell | null, byKey: boolean): void;
    chosen(cell: ImageCell): void;
    resized(): void;
  } | null = null;
  const image = new MatrixImage({
    pointed: (cell, byKey) => events?.pointed(cell, byKey),
    chosen: (cell) => events?.chosen(cell),
  });
  body.append(image.element);
  new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? 0;
    events?.resized();
  }).observe(body);
  return {
    element: h('div', { class: 'pane' }, heading, body),
    title: (text) => setText(heading, text),
    width: () => width,
    listen: (pointed, chosen, resized) => (events = { pointed, chosen, resized }),
    draw: (drawing) => width > 0 && image.draw(drawing, width),
  };
}

const SHOWN_TEXT = 40;

/** Both results by model, length and text; texts that begin alike are shown from the word in which they part. */
function namesApart(a: AttentionResult, b: AttentionResult): [string, string] {
  const texts = [a, b].map(({ segments }) => segments.map(({ text }) => text).join(' '));
  const [own = '', other = ''] = texts;
  let alike = 0;
  while (alike < own.length && own[alike] === other[alike]) alike++;
  const word = own.lastIndexOf(' ', alike) + 1;
  const start = own === other || alike < SHOWN_TEXT / 2 ? 0 : word;
  const name = ({ model, tokens }: AttentionResult, text: string) =>
    start > 0
      ? l10n.t`${model.name}, ${tokens.length} tokens: …${shorten(text.slice(start), SHOWN_TEXT)}`
      : l10n.t`${model.name}, ${tokens.length} tokens: ${shorten(text.slice(start), SHOWN_TEXT)}`;
  return [name(a, own), name(b, other)];
}

/** The plain word: why cells cannot be subtracted, or what to mind where they can. */
function wordOf(kind: ComparedKind | null, { other }: Comparison): string {
  if (!kind) return l10n.t`${other.model.name} has no attention of this kind.`;
  return kind.reason ?? kind.note ?? '';
}

function distanceTable({ heads }: Comparison, { state }: View, actions: Actions): HTMLElement {
  const ofKind = heads.filter(({ kind }) => kind === state.kind).sort((a, b) => b.distance - a.distance);
  const rows = ofKind.slice(0, 200).map(({ layer, head, distance }) => {
    const open = h(
      'button',
      { class: 'link', attributes: { type: 'button' }, on: { click: () => actions.choose({ layer, head }) } },
      l10n.t`Layer ${layer}, head ${head}`,
    );
    const chosen = layer === state.layer && head === state.head;
    return h(
      'tr',
      { class: chosen ? 'pinned' : '' },
      h('th', { attributes: { scope: 'row' } }, open),
      h('td', { class: 'number' }, distance.toFixed(4)),
    );
  });
  return simpleTable(
    l10n.t('Heads that differ most: mean over rows of half the sum of absolute differences, 0 to 1.'),
    [l10n.t('Head'), l10n.t('Distance')],
    rows,
  );
}
