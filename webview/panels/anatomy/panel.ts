import * as l10n from '@vscode/l10n';
import type {
  AnatomyHostEvents,
  AnatomyPanelState,
  AnatomySnapshot,
  AnatomyTab,
  AnatomyViewEvents,
  AnatomyViewRequests,
} from '../../../src/shared/anatomyProtocol';
import { ProbeError } from '../../../src/shared/errors';
import type { EventHandlers } from '../../../src/shared/rpc';
import type { Host } from '../../host';
import { onThemeChange, readTheme } from '../../theme';
import { fitState, INITIAL_STATE, isSnapshot } from './state';
import { indexOf, layersOf } from './view';
import type { Actions, Part, View } from './view';

export type AnatomyHost = Host<AnatomyViewEvents, AnatomyViewRequests, AnatomyPanelState>;

const NOTHING: AnatomySnapshot = {
  ...{ model: null, busy: null, error: null, stale: false, others: [], comparison: [] },
};

/** Holds the view and tells the parts to follow; what they need of the host goes through it. */
export class AnatomyPanel implements Actions {
  private readonly host: AnatomyHost;
  private view: View;
  private parts: Part[] = [];
  private drawing = false;

  constructor(
    connect: (events: EventHandlers<AnatomyHostEvents>) => AnatomyHost,
    private readonly speak: (text: string) => void,
  ) {
    this.host = connect({
      snapshot: (body) => isSnapshot(body) && this.receive(body),
      select: (body) => this.select(body),
    });
    const state = { ...INITIAL_STATE, ...this.host.restore() };
    this.view = { snapshot: NOTHING, state, layer: 0, theme: readTheme() };
    onThemeChange(() => this.set({ theme: readTheme() }));
  }

  /** Shows the parts and asks the host for a snapshot. */
  start(parts: Part[]): void {
    this.parts = parts;
    this.draw();
    this.send('ready', { state: this.host.restore() });
  }

  setState(change: Partial<AnatomyPanelState>): void {
    const state = { ...this.view.state, ...change };
    this.host.save(state);
    const { model } = this.view.snapshot;
    const layers = model && state.selected !== null ? layersOf(model, state.selected) : [];
    const { layer } = this.view;
    this.set({ state, layer: layers.length === 0 || layers.includes(layer) ? layer : (layers[0] as number) });
  }

  setLayer(layer: number): void {
    this.set({ layer });
  }

  go(tab: AnatomyTab, change: Partial<AnatomyPanelState> = {}): void {
    this.setState({ ...change, tab });
  }

  say(text: string): void {
    this.speak(text);
  }

  send<K extends keyof AnatomyViewEvents>(name: K, body: AnatomyViewEvents[K]): void {
    this.host.send(name, body);
  }

  ask: Actions['ask'] = (name, params, signal, onProgress) => {
    const key = this.view.snapshot.model?.key;
    if (key === undefined) return Promise.reject(new ProbeError('usage', l10n.t('No model is open.')));
    const report = onProgress && ((done: unknown) => typeof done === 'number' && onProgress(done));
    return this.host.request(name, { ...params, key } as never, signal, report);
  };

  private receive(snapshot: AnatomySnapshot): void {
    this.set({ snapshot });
    if (snapshot.model) this.setState(fitState(this.view.state, snapshot.model));
  }

  private select(wanted: { component: string } | { tensor: number }): void {
    const { model } = this.view.snapshot;
    if (!model || typeof wanted !== 'object' || wanted === null) return;
    if ('tensor' in wanted) {
      if (model.anatomy.tensors[wanted.tensor]) this.go('tensors', { tensor: wanted.tensor, filter: '' });
      return;
    }
    const box = indexOf(model).boxes.get(wanted.component);
    if (!box) return;
    const expanded = [...new Set([...this.view.state.expanded, ...box.parents])];
    this.go('diagram', { selected: wanted.component, expanded });
  }

  private set(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => this.draw());
  }

  private draw(): void {
    this.drawing = false;
    for (const part of this.parts) part.update(this.view);
  }
}
