import { basename, dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { compareArchitectures } from '../../../src/anatomy/compare';
import { AnatomyService } from '../../../src/anatomy/service';
import type { ModelPlace } from '../../../src/anatomy/wire';
import type {
  AnatomyHostEvents,
  AnatomyPanelState,
  AnatomySnapshot,
  AnatomyViewEvents,
  AnatomyViewRequests,
  ModelAnatomy,
} from '../../../src/shared/anatomyProtocol';
import { ProbeError } from '../../../src/shared/errors';
import type { Messages } from '../../../src/shared/language';
import { Rpc } from '../../../src/shared/rpc';
import type { EventHandlers, RequestHandlers } from '../../../src/shared/rpc';
import { Pages } from './pages';
import type { OpenPage } from './pages';
import type { ThemeName } from './standIn';

export const ROOT = join(import.meta.dirname, '../../..');

export type AnatomyAnswers = RequestHandlers<AnatomyViewRequests>;
type HostRpc = Rpc<Record<never, never>, AnatomyHostEvents, AnatomyViewRequests, AnatomyViewEvents>;
type Posted = {
  [K in keyof AnatomyViewEvents]: { name: K; body: AnatomyViewEvents[K] };
}[keyof AnatomyViewEvents];

export interface SavedPicture {
  format: 'svg' | 'png';
  data: string | Uint8Array;
}

export interface AnatomyOptions {
  snapshot: AnatomySnapshot;
  theme?: ThemeName;
  width?: number;
  height?: number;
  state?: AnatomyPanelState;
  /** Instead of the real ones. */
  answers?: Partial<AnatomyAnswers>;
}

/** A browser, the panel's server, and the real anatomy service, for all tests of a file. */
export class AnatomyBench {
  private readonly service = new AnatomyService(() => {
    throw new ProbeError('usage', 'Tests open local files.');
  });
  readonly pictures: SavedPicture[] = [];

  private constructor(private readonly pages: Pages) {}

  static async start(messages?: Messages): Promise<AnatomyBench> {
    return new AnatomyBench(await Pages.start('anatomy', false, messages));
  }

  stop(): Promise<void> {
    return this.pages.stop();
  }

  /** A model's folder or file in the repository. */
  ofPath(path: string): Promise<ModelAnatomy> {
    const whole = join(ROOT, path);
    const isFile = /\.\w+$/.test(basename(path));
    const place: ModelPlace = isFile
      ? { kind: 'local', directory: dirname(whole), path: basename(path) }
      : { kind: 'local', directory: whole, path: null };
    return this.open(path, place, basename(path));
  }

  /** A model of the catalogue, from its config. */
  ofCatalogue(id: string): Promise<ModelAnatomy> {
    return this.open(id, { kind: 'catalogue', id }, id);
  }

  private async open(id: string, place: ModelPlace, name: string): Promise<ModelAnatomy> {
    const { signal } = new AbortController();
    const { tensors: count, ...opened } = await this.service.handlers.open({ id, place }, signal);
    const tensors = await this.service.handlers.tensors({ key: opened.key, from: 0, to: count }, signal);
    const anatomy = { ...opened.anatomy, name, tensors };
    return { ...opened, anatomy, hasAttention: anatomy.graphs.length > 0 };
  }

  async show(options: AnatomyOptions): Promise<AnatomyPage> {
    const answers = { ...this.answers(), ...options.answers };
    return AnatomyPage.open(await this.pages.take(), { ...options, answers });
  }

  /** What the host answers, by the real service. */
  answers(): AnatomyAnswers {
    const { handlers } = this.service;
    return {
      operators: handlers.operators,
      nodes: handlers.nodes,
      statistics: handlers.statistics,
      slice: handlers.slice,
      structure: handlers.structure,
      weights: handlers.weights,
      savePicture: ({ format, data }) => {
        this.pictures.push({ format, data });
        return { saved: true };
      },
    };
  }
}

/** What the host sends for a model, alone or beside others. */
export function snapshotOf(model: ModelAnatomy | null, others: ModelAnatomy[] = []): AnatomySnapshot {
  const all = [...(model ? [model] : []), ...others];
  const comparison = others.length > 0 ? compareArchitectures(all.map(({ anatomy }) => anatomy)) : [];
  return { model, others, comparison, busy: null, error: null, stale: false };
}

/** The panel in a page, with the test at the host's end of the real wire. */
export class AnatomyPage {
  readonly posted: Posted[] = [];
  /** What no panel may cause: policy violations, errors on the console, exceptions. */
  readonly faults: string[] = [];
  private rpc!: HostRpc;

  private constructor(
    private readonly opened: OpenPage,
    private snapshot: AnatomySnapshot,
  ) {}

  static async open(opened: OpenPage, options: AnatomyOptions): Promise<AnatomyPage> {
    const panel = new AnatomyPage(opened, options.snapshot);
    panel.rpc = new Rpc<Record<never, never>, AnatomyHostEvents, AnatomyViewRequests, AnatomyViewEvents>(
      (message) => opened.deliver(message),
      options.answers as AnatomyAnswers,
      panel.recorders(),
    );
    await opened.load(options, {
      receive: (message) => panel.rpc.receive(message),
      fault: (text) => panel.faults.push(text),
    });
    await panel.page.locator('main').waitFor({ state: 'attached' });
    await panel.settled();
    return panel;
  }

  get page(): Page {
    return this.opened.page;
  }

  async send(change: Partial<AnatomySnapshot>): Promise<void> {
    this.snapshot = { ...this.snapshot, ...change };
    this.rpc.send('snapshot', this.snapshot);
    await this.settled();
  }

  async event<K extends keyof AnatomyHostEvents>(name: K, body: AnatomyHostEvents[K]): Promise<void> {
    this.rpc.send(name, body);
    await this.settled();
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.opened.setTheme(theme);
    await this.settled();
  }

  /** Waits until the panel has drawn what it has and asked for nothing more. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await this.opened.drawn();
  }

  bodies<K extends keyof AnatomyViewEvents>(name: K): AnatomyViewEvents[K][] {
    return this.posted.filter((event) => event.name === name).map(({ body }) => body as AnatomyViewEvents[K]);
  }

  savedState(): Promise<AnatomyPanelState> {
    return this.page.evaluate(() => window.savedState as AnatomyPanelState);
  }

  tab(name: string): Promise<void> {
    return this.page.getByRole('tab', { name, exact: true }).click();
  }

  screenshot(name: string): Promise<void> {
    return this.opened.screenshot(name);
  }

  close(): Promise<void> {
    return this.opened.close();
  }

  private recorders(): EventHandlers<AnatomyViewEvents> {
    const names = [
      ...(['ready', 'refresh', 'cancel', 'reveal', 'showAttention', 'addComparison'] as const),
      ...(['removeComparison', 'openModel', 'copy', 'copyText'] as const),
    ];
    const record = (name: keyof AnatomyViewEvents) => (body: unknown) => {
      this.posted.push({ name, body } as Posted);
      if (name === 'ready') this.rpc.send('snapshot', this.snapshot);
    };
    return Object.fromEntries(names.map((name) => [name, record(name)])) as EventHandlers<AnatomyViewEvents>;
  }
}
