import * as l10n from '@vscode/l10n';
import type { Profile, ShapedMatrix } from '../../../src/shared/aggregate';
import { PLAIN } from '../../../src/shared/aggregate';
import { axisTokens } from '../../../src/shared/attention';
import type { AttentionKind, AttentionResult, HeadMatrix } from '../../../src/shared/attention';
import { itemLabel, tokenLabel } from '../../charts/labels';
import { maximumWeight, paintWeights } from '../../charts/painter';
import { formatWeight } from '../../charts/rows';
import { changeDetector, h, setText } from '../../ui/dom';
import { createFailure } from './failure';
import { MatrixImage } from './matrixImage';
import type { ImageCell, ImageDrawing } from './matrixImage';
import { scaleOf } from './palette';
import { isHeadOf } from './state';
import { KIND_NAMES, layersOf, tabOf } from './view';
import type { Actions, Part, View } from './view';
import { simpleTable } from './simpleTable';

const KINDS: AttentionKind[] = ['encoder', 'decoder', 'cross'];

/** Encoder self-, decoder self- and cross-attention beside each other, and the input tokens that an output token used. */
export function createEncoderDecoder(actions: Actions): Part {
  const panes = KINDS.map((kind) => createPane(kind, actions));
  const used = createUsed(actions);
  const alignment = createAlignment(actions);
  const element = h(
    'section',
    { class: 'encoder-decoder wide-view' },
    used.element,
    h('div', { class: 'panes' }, ...panes.map((pane) => pane.element)),
    alignment.element,
  );
  return {
    element,
    update(view: View) {
      element.hidden = !view.snapshot.result?.target || tabOf(view.state) !== 'cross';
      if (element.hidden) return;
      for (const part of [used, ...panes, alignment]) part.update(view);
    },
  };
}

/** The output token in question: the pinned row of the decoder's axis, else the last one. */
export function outputToken({ state, pointer, snapshot: { result } }: View): number {
  const last = (result?.target?.tokens.length ?? 1) - 1;
  const wanted = state.kind === 'encoder' ? null : (state.query ?? pointer?.query ?? null);
  return Math.max(0, Math.min(last, wanted ?? last));
}

/** One kind's matrix of the chosen layer and head, or of the nearest that the kind has. */
function createPane(kind: AttentionKind, actions: Actions): Part {
  const heading = h('h3');
  const readout = h('p', { class: 'readout' });
  const body = h('div', {});
  const element = h('div', { class: 'pane' }, heading, body, readout);
  let width = 0;
  let shown: { head: HeadMatrix; result: AttentionResult } | null = null;
  let redraw: () => void = () => undefined;
  const image = new MatrixImage({
    pointed: (cell, byKey) => point(cell, byKey),
    chosen: ({ row }) => {
      actions.choose({ kind });
      actions.pin(row);
    },
  });
  body.append(image.element);
  new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? 0;
    redraw();
  }).observe(body);
  const point = (cell: ImageCell | null, byKey: boolean) => {
    if (!cell || !shown) {
      setText(readout, '');
      return actions.point(null, null);
    }
    const { head, result } = shown;
    const { queries, keys } = axisTokens(result, kind);
    const name = (tokens: typeof keys, index: number) =>
      `${index} ${tokenLabel(tokens[index] ?? { text: '', piece: '' })}`;
    const weight = formatWeight(head.weights[cell.row * head.keys + cell.column] ?? 0);
    setText(readout, `${name(queries, cell.row)} → ${name(keys, cell.column)}: ${weight}`);
    if (byKey) actions.say(readout.textContent ?? '');
    const query = kind === 'encoder' ? null : cell.row;
    const key = kind === 'cross' ? cell.column : null;
    actions.point(
      { query, key },
      kind === 'decoder' ? { side: 'target', token: cell.column } : { side: 'input', token: cell.column },
    );
  };
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      redraw = () => draw(view);
      draw(view);
    },
  };

  function draw(view: View): void {
    const { result } = view.snapshot;
    const all = result ? layersOf(result, kind) : [];
    const layer = all[Math.min(view.state.layer, all.length - 1)];
    element.hidden = !layer;
    if (!result || !layer) return;
    const address = { kind, layer: layer.layer, head: Math.min(view.state.head, layer.heads - 1) };
    const { value } = actions.fetch('head', { runId: result.runId, ...address });
    setText(
      heading,
      l10n.t`${KIND_NAMES[kind]}, layer ${address.layer} (of 0 to ${all.length - 1}), head ${address.head}`,
    );
    if (!value || !isHeadOf(value, result) || width === 0) return;
    shown = { head: value, result };
    const output = outputToken(view);
    const row = kind === 'encoder' ? null : output;
    const column = kind === 'encoder' || kind === 'cross' ? (view.pointer?.key ?? null) : null;
    if (!changed(value, view.theme, width, row, column)) return;
    const weights = { rows: value.queries, columns: value.keys, values: value.weights };
    image.draw(
      {
        pixels: paintWeights(weights, scaleOf(view.theme), maximumWeight(value.weights), kind === 'decoder'),
        label: l10n.t`${heading.textContent}: ${value.queries} queries by ${value.keys} keys`,
        names: namesOf(result, kind),
        marks: { row, column },
        theme: view.theme,
      },
      width,
    );
  }
}

function namesOf(result: AttentionResult, kind: AttentionKind): ImageDrawing['names'] {
  const { queries, keys } = axisTokens(result, kind);
  return { rows: queries.map(tokenLabel), columns: keys.map(tokenLabel) };
}

/** For the chosen output token: each head's row, their mean, and the input tokens that it used most. */
function createUsed(actions: Actions): Part {
  const heading = h('h2');
  const chips = h('div', {
    class: 'chips',
    attributes: { role: 'listbox', 'aria-label': l10n.t('Output tokens'), 'aria-orientation': 'horizontal' },
  });
  const note = h('p', { class: 'hint' });
  const readout = h('p', { class: 'readout' });
  const strip = h('div', { class: 'strip' });
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Input tokens used') },
  });
  const failed = createFailure(actions);
  const element = h('div', { class: 'used' }, heading, chips, note, failed.element, strip, readout, table);
  let profile: Profile | null = null;
  let width = 0;
  let redraw: () => void = () => undefined;
  const image = new MatrixImage(
    {
      pointed: (cell, byKey) => {
        const entry = cell && profile?.heads[cell.row];
        const item = cell && profile?.items[cell.column];
        setText(
          readout,
          entry && item && profile
            ? l10n.t`Layer ${entry.layer}, head ${entry.head} → ${itemLabel(item)}: ${formatWeight(profile.weights[cell.row * profile.items.length + cell.column] ?? 0)}`
            : '',
        );
        if (byKey) actions.say(readout.textContent ?? '');
        actions.point(null, item ? { side: 'input', token: item.tokens[0] ?? 0 } : null);
      },
      chosen: ({ row }) => {
        const entry = profile?.heads[row];
        if (entry) actions.choose({ ...entry });
      },
    },
    6,
  );
  const labels = h('div', { class: 'strip-labels', attributes: { 'aria-hidden': 'true' } });
  strip.append(image.element, labels);
  new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? 0;
    redraw();
  }).observe(strip);
  const rebuild = changeDetector();
  const changed = changeDetector();
  const choose = (token: number, view: View) => {
    const total = view.snapshot.result?.target?.tokens.length ?? 0;
    const to = Math.max(0, Math.min(total - 1, token));
    if (view.state.kind === 'encoder') actions.choose({ kind: 'cross' });
    actions.pin(to);
    (chips.children[to] as HTMLElement | undefined)?.focus();
  };
  let now: View | null = null;
  chips.addEventListener('click', (event) => {
    const found = (event.target as Element).closest<HTMLElement>('[data-token]')?.dataset.token;
    if (found !== undefined && now) choose(Number(found), now);
  });
  chips.addEventListener('keydown', (event) => {
    const at = now ? outputToken(now) : 0;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined || !now) return;
    event.preventDefault();
    choose(to, now);
  });
  return {
    element,
    update(view: View) {
      now = view;
      redraw = () => draw(view);
      draw(view);
    },
  };

  function draw(view: View): void {
    const { result } = view.snapshot;
    const target = result?.target;
    if (!result || !target) return;
    if (rebuild(result))
      chips.replaceChildren(...target.tokens.map((token, index) => outputChip(tokenLabel(token), index)));
    const output = outputToken(view);
    [...chips.children].forEach((chip, index) => {
      chip.classList.toggle('pinned', index === output);
      chip.setAttribute('aria-selected', String(index === output));
      chip.setAttribute('tabindex', index === output ? '0' : '-1');
    });
    const { value, failure } = actions.fetch('profile', {
      runId: result.runId,
      kind: 'cross',
      direction: 'from',
      item: output,
      shaping: PLAIN,
    });
    setText(
      heading,
      l10n.t`Input tokens that row ${output}, ${tokenLabel(target.tokens[output] ?? { text: '', piece: '' })}, used`,
    );
    const next = target.tokens[output + 1];
    const predicts = next
      ? l10n.t`It predicts ${tokenLabel(next)}.`
      : l10n.t('It predicts the token after the last.');
    setText(note, l10n.t`${predicts} Each line is a head, layer by layer; columns are the input’s tokens.`);
    failed.show(failure);
    strip.hidden = table.hidden = failure !== null;
    if (!value || width === 0) return;
    profile = value;
    const chosen = value.heads.findIndex(
      ({ layer, head }) => layer === view.state.layer && head === view.state.head,
    );
    if (!changed(value, view.theme, width, chosen)) return;
    const weights = { rows: value.heads.length, columns: value.items.length, values: value.weights };
    image.draw(
      {
        pixels: paintWeights(weights, scaleOf(view.theme), maximumWeight(value.weights), false),
        label: l10n.t`Cross-attention of ${value.heads.length} heads over ${value.items.length} input tokens`,
        names: {
          rows: value.heads.map(({ layer, head }) => (head === 0 ? l10n.t`layer ${layer}` : '')),
          columns: [],
        },
        marks: { row: chosen < 0 ? null : chosen, column: null },
        theme: view.theme,
      },
      width,
    );
    labelStrip(labels, value.items.map(itemLabel), width, image.left);
    table.replaceChildren(usedTable(value, chosen));
  }
}

/** Names below the columns, where each has room for some letters. */
function labelStrip(labels: HTMLElement, names: string[], width: number, left: number): void {
  labels.hidden = (width - left) / names.length < 26;
  labels.style.paddingInlineStart = `${left}px`;
  labels.style.gridTemplateColumns = `repeat(${names.length}, minmax(0, 1fr))`;
  labels.replaceChildren(...names.map((name) => h('span', { class: 'token', title: name }, name)));
}

function outputChip(label: string, index: number): HTMLElement {
  const attributes = { role: 'option', 'data-token': String(index), tabindex: '-1' };
  return h('span', { class: 'chip', attributes }, h('bdi', {}, label));
}

function usedTable({ items, mean, max, weights }: Profile, chosen: number): HTMLElement {
  const order = items.map((_, index) => index).sort((a, b) => (mean[b] as number) - (mean[a] as number));
  const rows = order.map((index) => {
    const own = chosen < 0 ? null : (weights[chosen * items.length + index] as number);
    const numbers = [
      own === null ? '–' : formatWeight(own),
      formatWeight(mean[index] as number),
      formatWeight(max[index] as number),
    ];
    return h(
      'tr',
      {},
      h(
        'th',
        { attributes: { scope: 'row' } },
        `${items[index]?.tokens[0] ?? index} `,
        h('bdi', { class: 'token' }, itemLabel(items[index] ?? { text: '' })),
      ),
      ...numbers.map((value) => h('td', { class: 'number' }, value)),
    );
  });
  return simpleTable(
    l10n.t('Strongest on average first.'),
    [l10n.t('Input token'), l10n.t('This head'), l10n.t('Mean of all heads'), l10n.t('Largest')],
    rows,
  );
}

/** Which input token each output token reads most, over the mean of all heads. */
function createAlignment(actions: Actions): Part {
  const heading = h(
    'h2',
    {},
    l10n.t('Alignment: the input token that each row reads most, over the mean of all heads'),
  );
  const body = h('div', {});
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Alignment') },
  });
  const element = h('div', { class: 'alignment' }, heading, h('div', { class: 'two-tables' }, body, table));
  let mean: ShapedMatrix | null = null;
  let width = 0;
  let redraw: () => void = () => undefined;
  const image = new MatrixImage({
    pointed: (cell, byKey) => {
      actions.point(
        cell && { query: cell.row, key: cell.column },
        cell && { side: 'input', token: cell.column },
      );
      if (cell && byKey) actions.say(spokenCell(mean, cell));
    },
    chosen: ({ row }) => {
      actions.choose({ kind: 'cross' });
      actions.pin(row);
    },
  });
  body.append(image.element);
  new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? 0;
    redraw();
  }).observe(body);
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      redraw = () => draw(view);
      draw(view);
    },
  };

  function draw(view: View): void {
    const { result } = view.snapshot;
    if (!result?.target) return;
    const source = { from: 'layers', kind: 'cross', reduce: 'mean' } as const;
    const { value } = actions.fetch('matrix', { runId: result.runId, source, shaping: PLAIN });
    if (!value || width === 0) return;
    mean = value;
    const output = outputToken(view);
    if (!changed(value, view.theme, width, output, view.pointer?.key)) return;
    const columns = value.keys.length;
    const best = value.queries.map((_, row) =>
      strongest(value.weights.subarray(row * columns, (row + 1) * columns)),
    );
    image.draw(
      {
        pixels: paintWeights(
          { rows: value.queries.length, columns, values: value.weights },
          scaleOf(view.theme),
          value.largest,
          false,
        ),
        label: l10n.t`Mean cross-attention, ${value.queries.length} output by ${columns} input tokens; dots are the strongest of each row`,
        names: { rows: value.queries.map(itemLabel), columns: value.keys.map(itemLabel) },
        marks: { row: output, column: view.pointer?.key ?? null },
        dots: best.map((column, row) => ({ row, column })),
        theme: view.theme,
      },
      width,
    );
    const rows = value.queries.map((query, row) =>
      h(
        'tr',
        { class: row === output ? 'pinned' : '' },
        h('th', { attributes: { scope: 'row' } }, `${row} `, h('bdi', { class: 'token' }, itemLabel(query))),
        h(
          'td',
          {},
          `${best[row] ?? 0} `,
          h('bdi', { class: 'token' }, itemLabel(value.keys[best[row] as number] ?? { text: '' })),
        ),
        h(
          'td',
          { class: 'number' },
          formatWeight(value.weights[row * columns + (best[row] as number)] as number),
        ),
      ),
    );
    table.replaceChildren(
      simpleTable(
        l10n.t('Row by row.'),
        [l10n.t('Output row'), l10n.t('Input token'), l10n.t('Mean weight')],
        rows,
      ),
    );
  }
}

function strongest(row: Float32Array): number {
  return row.reduce((best, weight, index) => (weight > (row[best] as number) ? index : best), 0);
}

function spokenCell(matrix: ShapedMatrix | null, { row, column }: ImageCell): string {
  const [query, key] = [matrix?.queries[row], matrix?.keys[column]];
  if (!matrix || !query || !key) return '';
  const weight = formatWeight(matrix.weights[row * matrix.keys.length + column] ?? 0);
  return l10n.t`Row ${itemLabel(query)}, input token ${itemLabel(key)}: ${weight}`;
}
