import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type {
  PanelSnapshot,
  HostEvents,
  ViewEvents,
  ViewRequests,
  PanelState,
} from '../../../src/shared/protocol';
import { Rpc } from '../../../src/shared/rpc';
import type { RequestHandlers } from '../../../src/shared/rpc';
import { launchBrowser } from '../../../scripts/vscode/browser';
import { bundlePanel } from './bundle';
import { servePanel } from './server';
import { applyTheme, DEFAULT_STYLES, loadTheme, pack, standInForVsCode, THEMES } from './standIn';
import type { ThemeName } from './standIn';

export { THEMES };
export type { ThemeName };

const SHOTS = join(import.meta.dirname, '../../../.test-output/webview');

/** A browser and the panel's server, for all tests of a file. */
export class Workbench {
  private constructor(
    readonly browser: Browser,
    private readonly server: { origin: string; close(): Promise<void> },
  ) {}

  static async start(): Promise<Workbench> {
    const server = await servePanel(await bundlePanel());
    const browser = await launchBrowser();
    await mkdir(SHOTS, { recursive: true });
    return new Workbench(browser, server);
  }

  async open(options: PanelOptions): Promise<PanelPage> {
    const page = await this.browser.newPage({
      viewport: { width: options.width ?? 1400, height: options.height ?? 900 },
    });
    page.setDefaultTimeout(15_000);
    return PanelPage.open(page, this.server.origin, options);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

export interface PanelOptions {
  /** What the panel gets when it says `ready`. */
  snapshot: PanelSnapshot;
  requests: Answers;
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
    readonly page: Page,
    private snapshot: PanelSnapshot,
  ) {}

  static async open(page: Page, origin: string, options: PanelOptions): Promise<PanelPage> {
    const panel = new PanelPage(page, options.snapshot);
    page.on('console', (message) => message.type() === 'error' && panel.faults.push(message.text()));
    page.on('pageerror', (error) => panel.faults.push(error.message));
    await page.exposeFunction('hostFault', (fault: string) => panel.faults.push(fault));
    await page.exposeFunction('hostReceive', (message: unknown) => panel.rpc.receive(message));
    panel.rpc = new Rpc<Record<never, never>, HostEvents, ViewRequests, ViewEvents>(
      (message) =>
        void page.evaluate((packed) => window.hostDeliver(packed), pack(message)).catch(() => undefined),
      options.requests as RequestHandlers<ViewRequests>,
      panel.recorders(),
    );
    // The test runner's compiler names functions with a helper that pages do not have.
    await page.addInitScript('globalThis.__name = (named) => named');
    await page.addInitScript(standInForVsCode, { state: options.state ?? null, defaults: DEFAULT_STYLES });
    await page.addInitScript(applyTheme, loadTheme(options.theme ?? 'dark'));
    await page.goto(origin, { waitUntil: 'load' });
    await page.locator('main').waitFor({ state: 'attached' });
    return panel;
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
    await this.page.evaluate(applyTheme, loadTheme(theme));
    await this.settled();
  }

  /** Waits until the panel has drawn what it has and asked for nothing more. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await this.page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
  }

  /** Bodies of the events of one name. */
  bodies<K extends keyof ViewEvents>(name: K): ViewEvents[K][] {
    return this.posted.filter((event) => event.name === name).map(({ body }) => body as ViewEvents[K]);
  }

  savedState(): Promise<PanelState> {
    return this.page.evaluate(() => window.savedState as PanelState);
  }

  async screenshot(name: string, fullPage = true): Promise<void> {
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
  }

  close(): Promise<void> {
    return this.page.close();
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
