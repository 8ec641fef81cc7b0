import * as l10n from '@vscode/l10n';
import type { BlockNode } from '../../../src/shared/anatomy';
import type { DiagramFigure, ReportPart } from '../../../src/shared/report';
import { boxName } from '../../../src/shared/report';
import { Board } from '../../charts/diagram/board';
import type { Box, Layout } from '../../charts/diagram/layout';
import { layoutDiagram } from '../../charts/diagram/layout';
import { createLegend } from '../../charts/diagram/legend';
import { measurer } from '../../charts/diagram/measure';
import { pngBytes, svgDocument } from '../../charts/diagram/picture';
import { count, layerRange, percent } from '../../charts/numbers';
import { segmented } from '../../ui/controls';
import { h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { actionButtons, follow } from './actions';
import { tableButtons } from './exports';
import type { Block } from './results';
import { createTableBody, type TableBody } from './table';
import type { Actions, View } from './view';

const ZOOM_STEP = 1.25;
/** Pixels of the window onto the diagram: what it needs, between these. */
const [LOWEST, HIGHEST, ROOM] = [240, 860, 48];
const NO_ACTIONS = { text: '', actions: [] };

/** A model as boxes: what is chosen is explained beside, with what can be done about it. */
export function createDiagram(initial: DiagramFigure, actions: Actions): Block {
  return new DiagramPart(initial, actions);
}

class DiagramPart implements Block {
  readonly element: HTMLElement;
  private readonly title = h('h2');
  private readonly note = h('p', { class: 'hint' });
  private readonly details = h('aside', {
    class: 'details',
    attributes: { 'aria-label': l10n.t('Chosen box') },
  });
  private readonly board: Board;
  private readonly table: TableBody;
  private readonly choice: ReturnType<typeof segmented>;
  private readonly drawing: HTMLElement;
  private readonly pictures: HTMLElement;
  private readonly csv: HTMLElement;
  private layout: Layout | null = null;
  private selected: string | null = null;
  private unfolded: Set<string>;
  private view: View | null = null;

  constructor(
    private figure: DiagramFigure,
    private readonly actions: Actions,
  ) {
    this.unfolded = new Set(figure.unfolded);
    this.board = new Board({
      choose: (box) => this.choose(box.node.id),
      unfold: (box) => (this.canUnfold(box) ? this.fold(box.node.id, false) : this.act(box.node)),
      fold: (box) => this.fold(box.node.id, true),
    });
    this.table = createTableBody(actions);
    this.csv = tableButtons(figure.id, actions);
    this.choice = segmented(l10n.t`View of ${figure.title}`, [l10n.t('Diagram'), l10n.t('Table')], (index) =>
      this.show(index),
    );
    this.pictures = h(
      'div',
      { class: 'part-buttons' },
      button(l10n.t('Zoom out'), 'icon', () => this.board.zoom(1 / ZOOM_STEP), '−'),
      button(l10n.t('Zoom in'), 'icon', () => this.board.zoom(ZOOM_STEP), '+'),
      button(l10n.t('Fit'), 'secondary', () => this.board.fit()),
      button(l10n.t('Save PNG…'), 'secondary', () => void this.save('png')),
      button(l10n.t('Save SVG…'), 'secondary', () => void this.save('svg')),
    );
    const body = h('div', { class: 'diagram-body' }, this.board.element, this.details);
    const legend = createLegend(l10n.t('Enter: unfold, or open what the box leads to.'));
    this.drawing = h('div', { class: 'diagram' }, body, legend);
    const head = h(
      'div',
      { class: 'part-head' },
      this.title,
      this.choice.element,
      ...[this.pictures, this.csv],
    );
    this.element = h('section', { class: 'part' }, ...[head, this.drawing, this.table.element, this.note]);
    this.show(0);
  }

  update(part: ReportPart, view: View): void {
    if (part.kind !== 'diagram') return;
    const isOther = part !== this.figure || this.layout === null;
    const isOtherModel = JSON.stringify(part.diagram) !== JSON.stringify(this.figure.diagram);
    if (isOtherModel) {
      this.unfolded = new Set(part.unfolded);
      this.selected = null;
      this.board.reset();
    }
    const isOtherFont = view.theme.fontFamily !== this.view?.theme.fontFamily;
    Object.assign(this, { figure: part, view });
    this.title.textContent = part.title;
    this.note.textContent = part.note ?? '';
    this.table.update(part, view);
    if (isOther || isOtherFont) this.draw();
  }

  private show(index: number): void {
    this.choice.set([], index);
    this.drawing.hidden = this.pictures.hidden = index === 1;
    this.csv.hidden = index === 0;
    this.table.show(index === 1);
  }

  private draw(): void {
    if (!this.view) return;
    const { diagram, total } = this.figure;
    this.layout = layoutDiagram(diagram, {
      inside: (node) =>
        node.children && this.unfolded.has(node.id) ? { diagram: node.children, stage: 'modules' } : null,
      measure: measurer(this.view.theme.fontFamily),
      total,
    });
    const height = Math.min(HIGHEST, Math.max(LOWEST, this.layout.height + ROOM));
    this.board.element.style.height = `${height}px`;
    const unfoldable = new Set(this.layout.boxes.filter((box) => this.canUnfold(box)).map(({ key }) => key));
    this.board.show(this.layout, { selected: this.selected, found: new Set(), unfoldable, total });
    this.details.replaceChildren(...this.explain());
  }

  private canUnfold({ node, stage }: Pick<Box, 'node' | 'stage'>): boolean {
    return stage === 'folded' && node.children !== undefined;
  }

  private choose(id: string): void {
    this.selected = id;
    this.draw();
  }

  private fold(id: string, isFolded: boolean): void {
    if (isFolded) this.unfolded.delete(id);
    else this.unfolded.add(id);
    this.choose(id);
  }

  private act({ id }: BlockNode): void {
    const [first] = this.figure.boxes[id]?.actions ?? [];
    if (first) follow(first, this.actions);
  }

  /** The chosen box in words, and the ways on from it. */
  private explain(): HTMLElement[] {
    const node = this.layout?.boxes.find(({ node: { id } }) => id === this.selected)?.node;
    if (!node)
      return [h('p', { class: 'hint' }, l10n.t('Choose a box to see what it does and where it leads.'))];
    const { text, actions: offered } = this.figure.boxes[node.id] ?? NO_ACTIONS;
    const { total } = this.figure;
    const share = total > 0 ? ` (${percent(node.parameters / total)})` : '';
    const layers = node.layers ? l10n.t`, layers ${layerRange(node.layers)}` : '';
    return [
      h('h3', {}, boxName(node)),
      ...(node.parameters > 0
        ? [h('p', {}, l10n.t`${count(node.parameters)} parameters${share}${layers}`)]
        : []),
      ...(text === '' ? [] : [h('p', {}, text)]),
      h('div', { class: 'part-buttons' }, ...actionButtons(offered, this.actions)),
    ];
  }

  private async save(format: 'svg' | 'png'): Promise<void> {
    if (!this.view) return;
    const { drawn, size } = this.board.picture;
    const document = svgDocument(drawn, size, this.view.theme.background, this.figure.title);
    const data = format === 'svg' ? document : base64(await pngBytes(document, size));
    this.actions.send('picture', { format, figure: this.figure.id, data });
  }
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(parts.join(''));
}
