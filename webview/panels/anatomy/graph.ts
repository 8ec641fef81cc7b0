import * as l10n from '@vscode/l10n';
import type { GraphInfo, GraphValue } from '../../../src/shared/anatomy';
import type { GraphNode, ModelAnatomy } from '../../../src/shared/anatomyProtocol';
import { toErrorMessage } from '../../../src/shared/errors';
import { select } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { VirtualTable } from '../../ui/virtualTable';
import { headRow } from './about';
import { count, shapeText } from '../../charts/numbers';
import type { Actions, Part } from './view';

/** Nodes that are asked for at once. */
const PAGE = 200;

/** An ONNX file's graph: operators used, inputs and outputs, and every node as the file has it, read page by page. */
export function createGraph(actions: Actions): Part {
  const choice = select(l10n.t('File'), (index) => show(index));
  const facts = h('p', { class: 'hint' });
  const operators = h('tbody');
  const values = h('tbody');
  const failure = h('p', { class: 'hint', attributes: { role: 'status' } });
  const nodes = new NodePages(actions, (text) => {
    setText(failure, text);
    failure.hidden = text === '';
  });
  const element = h(
    'div',
    { class: 'stack' },
    h('div', { class: 'toolbar' }, choice.element, facts),
    h(
      'div',
      { class: 'columns' },
      tableOf(
        l10n.t('Operators used'),
        headRow(l10n.t('Operator'), l10n.t('Domain'), { number: l10n.t('Count') }),
        operators,
      ),
      tableOf(
        l10n.t('Inputs and outputs'),
        headRow(l10n.t('Name'), '', l10n.t('Type'), l10n.t('Shape')),
        values,
      ),
    ),
    h('h2', {}, l10n.t('Nodes')),
    failure,
    nodes.element,
  );
  const changed = changeDetector();
  let model: ModelAnatomy | null = null;
  const show = (index: number) => {
    const graph = model?.anatomy.graphs[index];
    if (!model || !graph) return;
    choice.set(
      model.anatomy.graphs.map(({ file }) => file),
      index,
    );
    setText(facts, factsOf(graph));
    operators.replaceChildren(...graph.operators.map(operatorRow));
    values.replaceChildren(
      ...graph.inputs.map((value) => valueRow(value, l10n.t('input'))),
      ...graph.outputs.map((value) => valueRow(value, l10n.t('output'))),
    );
    nodes.open(index, graph.nodes);
  };
  return {
    element,
    update({ snapshot }) {
      if (!snapshot.model || !changed(snapshot.model)) return;
      model = snapshot.model;
      show(0);
    },
  };
}

/** The nodes of one graph, page by page, as they come into sight. */
class NodePages {
  readonly element: HTMLElement;
  private readonly table: VirtualTable<GraphNode>;
  private pages = new Map<number, GraphNode[]>();
  private requests = new AbortController();
  private graph = 0;

  constructor(
    private readonly actions: Actions,
    private readonly failed: (text: string) => void,
  ) {
    this.table = new VirtualTable<GraphNode>({
      label: l10n.t('Nodes of the graph'),
      columns: [
        { name: '#', width: '5em', number: true, cell: ({ index }) => String(index) },
        {
          name: l10n.t('Operator'),
          width: '13em',
          cell: ({ operator, domain }) => (domain ? `${domain}.${operator}` : operator),
        },
        { name: l10n.t('Name'), width: '26em', cell: ({ name }) => name },
        { name: l10n.t('Inputs'), width: '26em', cell: ({ inputs }) => inputs.join(', ') },
        { name: l10n.t('Outputs'), width: '26em', cell: ({ outputs }) => outputs.join(', ') },
      ],
      inSight: (from, to) => this.load(from, to),
    });
    this.element = this.table.element;
  }

  open(graph: number, count: number): void {
    this.requests.abort();
    this.requests = new AbortController();
    this.pages = new Map();
    this.graph = graph;
    this.failed('');
    this.table.setRows(count, (index) => this.pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null);
  }

  private load(from: number, to: number): void {
    for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) {
      if (!this.pages.has(page)) void this.loadPage(page);
    }
  }

  private async loadPage(page: number): Promise<void> {
    const { pages, requests, graph } = this;
    pages.set(page, []);
    try {
      const range = { graph, from: page * PAGE, to: (page + 1) * PAGE };
      pages.set(page, await this.actions.ask('nodes', range, requests.signal));
      if (!requests.signal.aborted) this.table.redraw();
    } catch (error) {
      if (!requests.signal.aborted) this.failed(toErrorMessage(error).message);
    }
  }
}

function tableOf(title: string, head: HTMLElement, body: HTMLElement): HTMLElement {
  return h(
    'section',
    {},
    h('h2', {}, title),
    h(
      'div',
      { class: 'table-scroll low', attributes: { tabindex: '0', role: 'region', 'aria-label': title } },
      h('table', { class: 'plain' }, head, body),
    ),
  );
}

function factsOf({ nodes, opsets, producer }: GraphInfo): string {
  const versions = opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  return l10n.t`${count(nodes)} nodes, opset ${versions}${producer === '' ? '' : l10n.t`, made by ${producer}`}`;
}

function operatorRow({ name, domain, count: used }: GraphInfo['operators'][number]): HTMLElement {
  return h(
    'tr',
    {},
    h('th', { attributes: { scope: 'row' } }, name),
    h('td', {}, domain || 'ai.onnx'),
    h('td', { class: 'number' }, count(used)),
  );
}

function valueRow({ name, dtype, shape }: GraphValue, side: string): HTMLElement {
  return h(
    'tr',
    {},
    h('th', { attributes: { scope: 'row' } }, name),
    h('td', {}, side),
    h('td', {}, dtype),
    h('td', {}, shapeText(shape)),
  );
}
