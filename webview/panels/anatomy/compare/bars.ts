import * as l10n from '@vscode/l10n';
import type { ComponentKind } from '../../../../src/shared/anatomy';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { h } from '../../../ui/dom';
import { bytes, count, percent, short } from '../../../charts/numbers';
import { bar } from '../summary';
import { KIND_NAMES } from '../view';

/** Parameters by component, a column a model: each bar is the part of its own model. */
export function breakdown(models: readonly ModelAnatomy[]): HTMLElement {
  const kinds = (Object.keys(KIND_NAMES) as ComponentKind[]).filter((kind) =>
    models.some((model) => (model.kinds[kind] ?? 0) > 0),
  );
  const rows = kinds.map((kind) => ({
    name: KIND_NAMES[kind],
    cells: models.map(({ kinds: own, anatomy }) => {
      const parameters = own[kind] ?? 0;
      const share = anatomy.parameters > 0 ? parameters / anatomy.parameters : 0;
      return {
        share,
        kind,
        text: `${short(parameters)} · ${percent(share)}`,
        title: l10n.t`${count(parameters)} parameters`,
      };
    }),
  }));
  return barTable(l10n.t('Parameters by component'), models, rows);
}

/** Bytes of all parameters at usual precisions, and as stored; bars of one length a byte in all columns. */
export function sizes(models: readonly ModelAnatomy[]): HTMLElement {
  const names = models[0]?.sizes.map(({ dtype }) => dtype) ?? [];
  const bytesOf = (model: ModelAnatomy, dtype: string) =>
    model.sizes.find((one) => one.dtype === dtype)?.bytes ?? 0;
  const stored = models.map(({ anatomy }) => anatomy.bytes);
  const largest = Math.max(...stored, ...models.flatMap((model) => model.sizes.map((one) => one.bytes)));
  const cell = (size: number) => ({
    share: size / largest,
    kind: 'block',
    text: bytes(size),
    title: l10n.t`${count(size)} bytes`,
  });
  const rows = [
    { name: l10n.t('As stored'), cells: stored.map(cell) },
    ...names.map((dtype) => ({ name: dtype, cells: models.map((model) => cell(bytesOf(model, dtype))) })),
  ];
  return barTable(l10n.t('Size by precision'), models, rows);
}

interface BarRow {
  name: string;
  cells: { share: number; kind: string; text: string; title: string }[];
}

function barTable(title: string, models: readonly ModelAnatomy[], rows: readonly BarRow[]): HTMLElement {
  const heads = models.map(({ anatomy }) =>
    h('th', { attributes: { scope: 'colgroup', colspan: '2' } }, anatomy.name),
  );
  const body = rows.map(({ name, cells }) =>
    h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, name),
      ...cells.flatMap(({ share, kind, text, title: exact }) => [
        h('td', { class: 'bar-cell' }, bar(share, `kind-${kind}`)),
        h('td', { class: 'number', title: exact }, text),
      ]),
    ),
  );
  const table = h(
    'table',
    { class: 'plain bars' },
    h('thead', {}, h('tr', {}, h('th'), ...heads)),
    h('tbody', {}, ...body),
  );
  return h(
    'section',
    {},
    h('h2', {}, title),
    h(
      'div',
      { class: 'table-scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': title } },
      table,
    ),
  );
}
