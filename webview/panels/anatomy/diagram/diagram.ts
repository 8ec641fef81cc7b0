import * as l10n from '@vscode/l10n';
import { toErrorMessage } from '../../../../src/shared/errors';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { changeDetector, h } from '../../../ui/dom';
import { layersOf } from '../view';
import type { Actions, Part, View } from '../view';
import { Board } from '../../../charts/diagram/board';
import { createDetails } from './details';
import type { Chosen } from './details';
import { nextStage, operatorsId, stageOf, withStage } from './fold';
import type { Box, Layout } from '../../../charts/diagram/layout';
import { OperatorGraphs } from './operators';
import { createLegend } from '../../../charts/diagram/legend';
import { measurer } from '../../../charts/diagram/measure';
import { pngBytes, svgDocument } from '../../../charts/diagram/picture';
import { layoutModel, unfoldable } from './picturing';
import { searchBoxes } from './search';
import type { Found } from './search';
import { createToolbar } from './toolbar';

/** The block diagram with what belongs to it: search and tools above, the chosen box beside. */
export function createDiagram(actions: Actions): Part {
  const diagram = new Diagram(actions);
  return { element: diagram.element, update: (view) => diagram.update(view) };
}

class Diagram {
  readonly element: HTMLElement;
  private readonly board: Board;
  private readonly operators: OperatorGraphs;
  private readonly details: ReturnType<typeof createDetails>;
  private readonly toolbar: ReturnType<typeof createToolbar>;
  private readonly isOther = changeDetector();
  private readonly isOtherLayout = changeDetector();
  private readonly isOtherPicture = changeDetector();
  private view: View | null = null;
  private layout: Layout | null = null;
  /** Key of a chosen operator; it belongs to `state.selected`. */
  private operator: string | null = null;
  private operatorsTurn = 0;
  private found: Found[] = [];
  private foundAt = 0;

  constructor(private readonly actions: Actions) {
    this.operators = new OperatorGraphs(actions, () => {
      this.operatorsTurn++;
      this.draw();
    });
    this.board = new Board({
      choose: (box) => this.choose(box),
      unfold: (box) => this.unfold(box),
      fold: (box) => this.setStage(box.node.id, 'folded'),
    });
    this.details = createDetails(actions);
    this.toolbar = createToolbar({
      search: (query) => this.search(query),
      step: (by) => this.goTo(this.foundAt + by),
      zoom: (factor) => this.board.zoom(factor),
      fit: () => this.board.fit(),
      foldAll: () => this.actions.setState({ expanded: [], selected: null }),
      save: (format) => void this.save(format),
    });
    const middle = h('div', { class: 'diagram-body' }, this.board.element, this.details.element);
    this.element = h(
      'section',
      { class: 'diagram' },
      this.toolbar.element,
      middle,
      createLegend(l10n.t('Enter: unfold to modules, then to operators.')),
    );
  }

  update(view: View): void {
    const before = this.view?.state.selected;
    this.view = view;
    if (view.state.selected !== before && !this.operator?.startsWith(`${view.state.selected}#`))
      this.operator = null;
    this.draw();
    if (view.state.selected !== before && view.state.selected !== null)
      this.board.reveal(view.state.selected);
  }

  private draw(): void {
    const { view } = this;
    const model = view?.snapshot.model;
    if (!view || !model || view.state.tab !== 'diagram') return;
    if (this.isOther(model.key)) {
      this.board.reset();
      this.operators.setModel(model.key);
    }
    const { expanded, selected } = view.state;
    if (this.isOtherLayout(model, expanded, view.layer, this.operatorsTurn) || !this.layout) {
      this.layout = this.layOut(view, model);
    }
    if (this.isOtherPicture(this.layout, selected, this.operator, this.found, view.theme.fontFamily)) {
      this.board.show(this.layout, {
        selected: this.operator ?? selected,
        found: new Set(this.found.map(({ id }) => id)),
        unfoldable: unfoldable(this.layout, model.anatomy.graphs.length > 0),
        total: model.anatomy.parameters,
      });
    }
    this.details.update(view, this.chosen(view, model));
  }

  private layOut(view: View, model: ModelAnatomy): Layout {
    const operators = (id: string) => {
      const state = this.operators.get(id, this.layerOf(model, id));
      return state.kind === 'done' ? state.value.diagram : null;
    };
    return layoutModel(model, new Set(view.state.expanded), operators, measurer(view.theme.fontFamily));
  }

  private layerOf(model: ModelAnatomy, id: string): number | null {
    const layers = layersOf(model, id);
    const { layer } = this.view as View;
    return layers.length === 0 ? null : layers.includes(layer) ? layer : (layers[0] as number);
  }

  private chosen({ state }: View, model: ModelAnatomy): Chosen {
    const { selected } = state;
    const isUnfolded = selected !== null && state.expanded.includes(operatorsId(selected));
    const operators = isUnfolded ? this.operators.get(selected, this.layerOf(model, selected)) : null;
    const index = Number(/#op-(\d+)$/.exec(this.operator ?? '')?.[1]);
    const operator =
      operators?.kind === 'done' && this.operator ? { graph: operators.value.graph, index } : null;
    return { operators, operator };
  }

  private choose(box: Box): void {
    this.operator = box.operatorsOf === null ? null : box.key;
    this.actions.setState({ selected: box.operatorsOf ?? box.node.id });
    this.draw();
  }

  private unfold({ node, operatorsOf }: Box): void {
    const { view } = this;
    if (!view || operatorsOf !== null) return;
    const hasGraph = (view.snapshot.model?.anatomy.graphs.length ?? 0) > 0;
    const next = nextStage(node, stageOf(node, new Set(view.state.expanded)), hasGraph);
    if (next) this.setStage(node.id, next);
  }

  private setStage(id: string, stage: 'folded' | 'modules' | 'operators'): void {
    const { view } = this;
    if (!view) return;
    this.actions.setState({ selected: id, expanded: withStage(view.state.expanded, id, stage) });
    const what = {
      folded: l10n.t('folded'),
      modules: l10n.t('modules shown'),
      operators: l10n.t('operators shown'),
    }[stage];
    this.actions.say(`${id.split('/').at(-1)}: ${what}`);
  }

  private search(query: string): void {
    const model = this.view?.snapshot.model;
    this.found = model ? searchBoxes(model, query) : [];
    this.goTo(0);
    this.draw();
  }

  /** Goes to a match, around at the ends, and unfolds what is around it. */
  private goTo(at: number): void {
    const { view, found } = this;
    this.foundAt = found.length === 0 ? 0 : (at + found.length) % found.length;
    this.toolbar.setHits(this.foundAt, found.length);
    const hit = found[this.foundAt];
    if (!view || !hit) return;
    const expanded = [...new Set([...view.state.expanded, ...hit.parents])];
    this.actions.setState({ selected: hit.id, expanded });
  }

  private async save(format: 'svg' | 'png'): Promise<void> {
    const { view } = this;
    const model = view?.snapshot.model;
    if (!view || !model) return;
    const { drawn, size } = this.board.picture;
    const document = svgDocument(
      drawn,
      size,
      view.theme.background,
      l10n.t`${model.anatomy.name}: block diagram`,
    );
    const { signal } = new AbortController();
    try {
      const { saved } =
        format === 'svg'
          ? await this.actions.ask('savePicture', { format, data: document }, signal)
          : await this.actions.ask('savePicture', { format, data: await pngBytes(document, size) }, signal);
      if (saved) this.actions.say(l10n.t('Picture saved'));
    } catch (error) {
      this.actions.say(toErrorMessage(error).message);
    }
  }
}
