import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/vscode/browser';
import type { Messages } from '../../../src/shared/language';
import { bundlePanel } from './bundle';
import { servePanel } from './server';
import { applyTheme, DEFAULT_STYLES, loadTheme, pack, standInForVsCode } from './standIn';
import type { ThemeName } from './standIn';

const SHOTS = join(import.meta.dirname, '../../../.test-output/webview');
const TIMEOUT_MS = 20_000;

/** The host's end of the wire to a page. */
export interface HostEnd {
  receive(message: unknown): void;
  /** What no panel may cause: policy violations, errors on the console, exceptions. */
  fault(text: string): void;
}

export interface PageOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  state?: unknown;
  /** Runs in the page before the panel does. */
  before?: () => void;
}

/**
 * A panel's server and a browser, for all tests of a file. A page that a test has closed is loaded anew for the next one:
 * that takes half as long as another page, which starts a process and compiles the panel's code again.
 */
export class Pages {
  private readonly idle: Tab[] = [];

  private constructor(
    readonly browser: Browser,
    private readonly server: { origin: string; close(): Promise<void> },
  ) {}

  static async start(panel?: string, minify?: boolean, messages?: Messages): Promise<Pages> {
    const server = await servePanel(await bundlePanel(panel, minify), panel, messages);
    await mkdir(SHOTS, { recursive: true });
    return new Pages(await launchBrowser(), server);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  /** A page that nobody uses, to be loaded. */
  async take(): Promise<OpenPage> {
    const tab = this.idle.pop() ?? (await makeTab(this.browser));
    return new OpenPage(tab, this.server.origin, () => this.idle.push(tab));
  }
}

/** A page of the browser, which shows one panel after the other. */
interface Tab {
  page: Page;
  /** Whoever has it now. What a document of before still says is nobody's. */
  owner: { serial: number; host: HostEnd } | null;
}

let serials = 0;

async function makeTab(browser: Browser): Promise<Tab> {
  const page = await browser.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const tab: Tab = { page, owner: null };
  const host = (serial: number) => (serial === tab.owner?.serial ? tab.owner.host : null);
  page.on('console', (message) => message.type() === 'error' && tab.owner?.host.fault(message.text()));
  page.on('pageerror', (error) => tab.owner?.host.fault(error.message));
  await page.exposeFunction('hostFault', (serial: number, text: string) => host(serial)?.fault(text));
  await page.exposeFunction('hostReceive', (serial: number, body: unknown) => host(serial)?.receive(body));
  // The test runner's compiler names functions with a helper that pages do not have.
  await page.addInitScript('globalThis.__name = (named) => named');
  return tab;
}

/** A page until its test closes it. */
export class OpenPage {
  readonly page: Page;
  private readonly serial = ++serials;
  private scripts: { dispose(): Promise<void> }[] = [];

  constructor(
    private readonly tab: Tab,
    private readonly origin: string,
    private readonly release: () => void,
  ) {
    this.page = tab.page;
  }

  /** Loads the panel, with the test at the host's end of the real wire. */
  async load(options: PageOptions, host: HostEnd): Promise<void> {
    const { page, serial } = this;
    const { theme = 'dark', width = 1400, height = 900, state = null } = options;
    await page.setViewportSize({ width, height });
    this.scripts = [
      await page.addInitScript(standInForVsCode, { state, defaults: DEFAULT_STYLES, serial }),
      await page.addInitScript(applyTheme, loadTheme(theme)),
      ...(options.before ? [await page.addInitScript(options.before)] : []),
    ];
    this.tab.owner = { serial, host };
    await page.goto(this.origin, { waitUntil: 'load' });
  }

  deliver(message: unknown): void {
    if (this.tab.owner?.serial !== this.serial) return;
    void this.page.evaluate((packed) => window.hostDeliver(packed), pack(message)).catch(() => undefined);
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(applyTheme, loadTheme(theme));
  }

  /** Waits until what is drawn is on the screen. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
  }

  /** Leaves a picture for whoever looks at it, which `npm test` does only where it is asked for. */
  async screenshot(name: string, fullPage = true): Promise<void> {
    if (process.env.NO_PICTURES) return;
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
  }

  /** Leaves the page to the next test. */
  async close(): Promise<void> {
    this.tab.owner = null;
    await Promise.all([this.page.mouse.move(0, 0), ...this.scripts.map((script) => script.dispose())]);
    this.release();
  }
}
