import * as l10n from '@vscode/l10n';
import type { AttentionResult, HeadAddress, HeadMatrix } from '../../../src/shared/attention';
import type { HostFormat } from '../../../src/shared/export';
import { ProbeError, toErrorMessage } from '../../../src/shared/errors';
import type { MatrixSource, ShapedMatrix, Shaping } from '../../../src/shared/aggregate';
import type {
  Combination,
  HostEvents,
  PanelSnapshot,
  PanelState,
  PanelTab,
  ViewEvents,
  ViewRequests,
} from '../../../src/shared/protocol';
import { checkPanelState } from '../../../src/shared/panelState';
import type { EventHandlers } from '../../../src/shared/rpc';
import type { Host } from '../../host';
import { changeDetector } from '../../ui/dom';
import { onThemeChange, readTheme } from '../../theme';
import { Heads } from './heads';
import { Remote } from './remote';
import type { Fetched } from './remote';
import { isPlain, isShaped, shapingOf, showHead, showShaped, sourceOf } from './shown';
import type { Shown } from './shown';
import { chooseHead, fitState, INITIAL_STATE, isHeadOf, isOverview, isSnapshot } from './state';
import type { Actions, Part, Pointer, View, ViewPicture } from './view';

export type AttentionHost = Host<ViewEvents, ViewRequests, PanelState>;

const NOTHING: PanelSnapshot = {
  result: null,
  busy: null,
  error: null,
  stale: false,
  linked: false,
  comparison: null,
};
/** Holds the view, asks the host for what it shows, and tells the parts to follow. */
export class AttentionPanel implements Actions {
  private readonly host: AttentionHost;
  private readonly remote: Remote;
  private readonly reshow = changeDetector();
  private readonly others = new WeakMap<HeadMatrix | ShapedMatrix, Shown>();
  private view: View;
  private parts: Part[] = [];
  private overviewRequest = new AbortController();
  private readonly heads: Heads;
  /** Goes up with every choice: answers to earlier ones come too late. */
  private headTurn = 0;
  private drawing = false;
  private hovered = 'null';

  constructor(
    connect: (events: EventHandlers<HostEvents>) => AttentionHost,
    private readonly speak: (text: string) => void,
  ) {
    this.host = connect({
      snapshot: (body) => isSnapshot(body) && this.receive(body),
      cursor: (body) => this.set({ cursor: typeof body?.token === 'number' ? body.token : null }),
      select: (address) => this.choose({ ...address }),
      look: (state) => this.look(state),
      toggleEditorColors: () => this.setState({ inEditor: !this.view.state.inEditor }),
    });
    this.heads = new Heads(this.host);
    this.remote = new Remote(this.host, () => this.set({}));
    const state = checkPanelState(this.host.restore()) ?? INITIAL_STATE;
    this.view = {
      snapshot: NOTHING,
      state,
      cursor: null,
      pointer: null,
      overview: null,
      head: null,
      shown: null,
      loading: false,
      waiting: false,
      work: null,
      failure: null,
      theme: readTheme(),
    };
    onThemeChange(() => this.set({ theme: readTheme() }));
  }

  /** Shows the parts and asks the host for a snapshot. */
  start(parts: Part[]): void {
    this.parts = parts;
    this.draw();
    this.send('ready', { state: this.host.restore() });
  }

  choose(address: Partial<HeadAddress>): void {
    const { result } = this.view.snapshot;
    if (!result) return;
    const single = address.head !== undefined && { combination: 'head' as const };
    this.keepState({
      ...chooseHead(this.view.state, address, result),
      ...(this.view.state.combination && single),
    });
    this.set({ pointer: null });
    this.loadHead(result);
  }

  /** Goes where a session file was made, as far as the result allows. */
  private look(state: PanelState): void {
    const { result } = this.view.snapshot;
    if (!result) return;
    this.keepState(fitState({ ...state, runId: result.runId }, result));
    this.set({ pointer: null });
    this.loadHead(result);
  }

  pin(query: number | null): void {
    this.setState({ query });
  }

  point(pointer: Pointer | null, hover: ViewEvents['hover']): void {
    if (!samePointer(pointer, this.view.pointer)) this.set({ pointer });
    const name = JSON.stringify(hover);
    if (name === this.hovered) return;
    this.hovered = name;
    this.send('hover', hover);
  }

  setView(view: PanelState['view']): void {
    this.setState({ view });
  }

  setScale(scale: 'head' | 'absolute'): void {
    this.setState({ scale });
  }

  setTab(tab: PanelTab): void {
    this.setState({ tab });
  }

  setShaping(change: Partial<Shaping>): void {
    this.set({ failure: null });
    this.setState({ shaping: { ...shapingOf(this.view.state), ...change } });
  }

  setCombination(combination: Combination): void {
    this.set({ failure: null });
    this.setState({ combination });
  }

  setState(change: Partial<PanelState>): void {
    this.keepState({ ...this.view.state, ...change });
  }

  fetch<K extends keyof ViewRequests>(method: K, params: ViewRequests[K][0]): Fetched<ViewRequests[K][1]> {
    return this.remote.get(method, params);
  }

  shownHead(head: number): Shown | null {
    const { state, snapshot } = this.view;
    const { result } = snapshot;
    const source = sourceOf({ ...state, head });
    if (!result || !source || source.from !== 'head') return null;
    const { kind, layer } = source;
    const { runId } = result;
    const shaping = shapingOf(state);
    const plain = isPlain(shaping);
    const { value } = plain
      ? this.remote.get('head', { runId, kind, layer, head })
      : this.remote.get('matrix', { runId, source, shaping });
    if (!value) return null;
    const known = this.others.get(value) ?? this.showOther(value, { kind, layer, head }, result);
    if (known) this.others.set(value, known);
    return known;
  }

  export(what: ViewPicture | { format: HostFormat }): void {
    const { snapshot, state } = this.view;
    const source = sourceOf(state);
    if (!snapshot.result || !source) return;
    const { runId } = snapshot.result;
    const request =
      what.format === 'picture'
        ? { ...what, name: state.tab ?? 'matrix' }
        : { format: what.format, source, shaping: shapingOf(state), state };
    this.host.request('export', { runId, request }, new AbortController().signal).then(
      ({ file }) => file && this.say(l10n.t`Saved ${file}`),
      (error) => this.fail(error),
    );
  }

  stopWork(): void {
    this.remote.cancel();
  }

  reload(): void {
    const { result } = this.view.snapshot;
    this.remote.retry();
    if (result) this.load(result);
  }

  say(text: string): void {
    this.speak(text);
  }

  send<K extends keyof ViewEvents>(name: K, body: ViewEvents[K]): void {
    this.host.send(name, body);
  }

  private showOther(
    value: HeadMatrix | ShapedMatrix,
    address: HeadAddress,
    result: AttentionResult,
  ): Shown | null {
    if ('kind' in value) return isHeadOf(value, result) ? showHead(value, result) : null;
    return isShaped(value) ? showShaped(value, address, result) : null;
  }

  private receive(snapshot: PanelSnapshot): void {
    const before = this.view.snapshot.result?.runId;
    const { result } = snapshot;
    this.set({ snapshot });
    if (!result) return this.clear();
    if (result.runId === before) return;
    this.heads.clear();
    this.remote.clear();
    this.set({ pointer: null, cursor: null, head: null, overview: null });
    this.keepState(fitState(this.view.state, result));
    this.load(result);
  }

  private clear(): void {
    this.headTurn++;
    this.heads.clear();
    this.overviewRequest.abort();
    this.set({ head: null, overview: null, pointer: null, failure: null, loading: false });
  }

  private load(result: AttentionResult): void {
    this.set({ failure: null });
    this.loadOverview(result);
    this.loadHead(result);
  }

  private loadOverview(result: AttentionResult): void {
    this.overviewRequest.abort();
    const { signal } = (this.overviewRequest = new AbortController());
    const params = { runId: result.runId, side: thumbnailSide(result) };
    this.host.request('overview', params, signal).then(
      (overview) => {
        if (signal.aborted) return;
        if (isOverview(overview)) this.set({ overview });
        else
          this.fail(
            new ProbeError('runtime', l10n.t('The overview came back damaged. Run the analysis again.')),
          );
      },
      (error) => signal.aborted || this.fail(error),
    );
  }

  private loadHead(result: AttentionResult): void {
    const turn = ++this.headTurn;
    const { kind, layer, head } = this.view.state;
    if (kind === null) return this.set({ head: null, loading: false });
    const wanted = { kind, layer, head };
    const before = this.view.head;
    const show = (matrix: HeadMatrix) => {
      this.set({ head: matrix, loading: false, failure: null });
      this.heads.ahead(result, before, wanted);
    };
    const known = this.heads.known(wanted);
    if (known) return show(known);
    this.set({ loading: true });
    this.heads.fetch(result, wanted).then(
      (matrix) => turn === this.headTurn && show(matrix),
      (error) => turn === this.headTurn && this.fail(error),
    );
  }

  private fail(error: unknown): void {
    this.set({ failure: toErrorMessage(error), loading: false });
  }

  private keepState(state: PanelState): void {
    this.host.save(state);
    this.set({ state });
  }

  private set(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => this.draw());
  }

  private draw(): void {
    this.drawing = false;
    this.remote.begin();
    this.show();
    for (const part of this.parts) part.update(this.view);
  }

  /** Works out what is drawn; while an aggregate is on its way, what was drawn before stays. */
  private show(): void {
    const { head, snapshot, state } = this.view;
    const { result } = snapshot;
    const source = sourceOf(state);
    this.view = { ...this.view, waiting: false, work: this.remote.slow() };
    if (!result || !head || !source) {
      this.view = { ...this.view, shown: null };
    } else if (source.from === 'head' && isPlain(shapingOf(state))) {
      if (this.reshow(head, result)) this.view = { ...this.view, shown: showHead(head, result) };
    } else this.showShaped(result, source);
  }

  private showShaped(result: AttentionResult, source: MatrixSource): void {
    const { state } = this.view;
    const { runId } = result;
    const { value, failure } = this.remote.get('matrix', { runId, source, shaping: shapingOf(state) });
    const { kind, layer, head } = state;
    this.view = { ...this.view, waiting: !value && !failure, ...(failure && { failure }) };
    if (!value || !kind || !isShaped(value) || !this.reshow(value, result, layer, head)) return;
    this.view = { ...this.view, shown: showShaped(value, { kind, layer, head }, result) };
  }
}

/** Thumbnail size that keeps the overview near a megabyte however many heads there are. */
function thumbnailSide({ layers }: AttentionResult): number {
  const heads = layers.reduce((sum, layer) => sum + layer.heads, 0);
  return heads <= 200 ? 48 : heads <= 600 ? 32 : 16;
}

function samePointer(a: Pointer | null, b: Pointer | null): boolean {
  return a?.query === b?.query && a?.key === b?.key;
}
