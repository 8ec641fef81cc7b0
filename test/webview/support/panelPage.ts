import type { Browser, Page } from 'playwright-core';
import type { Messages } from '../../../src/shared/language';
import type {
  PanelSnapshot,
  HostEvents,
  ViewEvents,
  ViewRequests,
  PanelState,
} from '../../../src/shared/protocol';
import { Rpc } from '../../../src/shared/rpc';
import type { RequestHandlers } from '../../../src/shared/rpc';
import { Pages } from './pages';
import type { OpenPage } from './pages';
import { THEMES } from './standIn';
import type { ThemeName } from './standIn';

export { THEMES };
export type { ThemeName };

interface Start {
  /** The panel as it is shipped. */
  minify?: boolean;
  /** Its language; English if absent. */
  messages?: Messages;
}

/** A browser and the panel's server, for all tests of a file. */
export class Workbench {
  private constructor(private readonly pages: Pages) {}

  static async start({ minify = false, messages }: Start = {}): Promise<Workbench> {
    return new Workbench(await Pages.start('attention', minify, messages));
  }

  get browser(): Browser {
    return this.pages.browser;
  }

  async open(options: PanelOptions): Promise<PanelPage> {
    return PanelPage.open(await this.pages.take(), options);
  }

  stop(): Promise<void> {
    return this.pages.stop();
  }
}

export interface PanelOptions {
  /** What the panel gets when it says `ready`. */
  snapshot: PanelSnapshot;
  requests: Answers;
  before?: () => void;
  theme?: ThemeName;
  width?: number;
  height?: number;
  state?: PanelState;
}

/** What a test answers: the overview and heads that every page asks for, and what else its page needs. */
export type Answers = Pick<RequestHandlers<ViewRequests>, 'overview' | 'head'> &
  Partial<RequestHandlers<ViewRequests>>;

export type Posted = { [K in keyof ViewEvents]: { name: K; body: ViewEvents[K] } }[keyof ViewEvents];

type HostRpc = Rpc<Record<never, never>, HostEvents, ViewRequests, ViewEvents>;

/** The panel in a page, with the test at the host's end of the real wire. */
export class PanelPage {
  /** Every event that the panel sent, in order. */
  readonly posted: Posted[] = [];
  /** What no panel may cause: policy violations, errors on the console, exceptions. */
  readonly faults: string[] = [];
  private rpc!: HostRpc;

  private constructor(
    private readonly opened: OpenPage,
    private snapshot: PanelSnapshot,
  ) {}

  static async open(opened: OpenPage, options: PanelOptions): Promise<PanelPage> {
    const panel = new PanelPage(opened, options.snapshot);
    panel.rpc = new Rpc<Record<never, never>, HostEvents, ViewRequests, ViewEvents>(
      (message) => opened.deliver(message),
      options.requests as RequestHandlers<ViewRequests>,
      panel.recorders(),
    );
    await opened.load(options, {
      receive: (message) => panel.rpc.receive(message),
      fault: (text) => panel.faults.push(text),
    });
    await panel.page.locator('main').waitFor({ state: 'attached' });
    return panel;
  }

  get page(): Page {
    return this.opened.page;
  }

  async send(change: Partial<PanelSnapshot>): Promise<void> {
    this.snapshot = { ...this.snapshot, ...change };
    this.rpc.send('snapshot', this.snapshot);
    await this.settled();
  }

  async event<K extends keyof HostEvents>(name: K, body: HostEvents[K]): Promise<void> {
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

  /** Bodies of the events of one name. */
  bodies<K extends keyof ViewEvents>(name: K): ViewEvents[K][] {
    return this.posted.filter((event) => event.name === name).map(({ body }) => body as ViewEvents[K]);
  }

  savedState(): Promise<PanelState> {
    return this.page.evaluate(() => window.savedState as PanelState);
  }

  screenshot(name: string, fullPage = true): Promise<void> {
    return this.opened.screenshot(name, fullPage);
  }

  close(): Promise<void> {
    return this.opened.close();
  }

  private recorders() {
    const record =
      <K extends keyof ViewEvents>(name: K) =>
      (body: ViewEvents[K]) => {
        this.posted.push({ name, body } as Posted);
        if (name === 'ready') this.rpc.send('snapshot', this.snapshot);
      };
    return {
      ready: record('ready'),
      hover: record('hover'),
      reveal: record('reveal'),
      rerun: record('rerun'),
      refresh: record('refresh'),
      window: record('window'),
      cancel: record('cancel'),
      generate: record('generate'),
      compare: record('compare'),
      stopComparing: record('stopComparing'),
      colorEditor: record('colorEditor'),
      chooseModel: record('chooseModel'),
      analyzeSelection: record('analyzeSelection'),
    };
  }
}
