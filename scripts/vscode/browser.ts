import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureChromium } from '../lib/chromium.mjs';
import type { VSCodeServer } from './server';

/**
 * Chromium's pop-ups of its address bar are pages: without a window they load all the same, at over a second of CPU. The
 * others only add to what a page is measured and pictured with.
 */
const DISABLED = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'PaintHolding',
  'MediaRouter',
  'OptimizationHints',
];

/** A headless Chromium that keeps a closed network quiet. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      `--disable-features=${DISABLED.join(',')}`,
    ],
  });
}

export interface WorkbenchAddress {
  server: Pick<VSCodeServer, 'authority' | 'token'>;
  /** The workspace: an absolute path, as all that follow. */
  folder: string;
  /** The extension under development: the address has room for one. Without: only those that are installed. */
  extension?: string;
  /** A module with `run()`, to be run in the extension host. */
  tests?: string;
}

/** The address of a workbench with the extension under development loaded. */
export function workbenchUrl({ server, folder, extension, tests }: WorkbenchAddress): string {
  const remote = (file: string) => `vscode-remote://${server.authority}${encodeURI(slashed(file))}`;
  const payload = [
    ...(extension ? [['extensionDevelopmentPath', remote(extension)]] : []),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  const query = new URLSearchParams({
    tkn: server.token,
    folder: slashed(folder),
    payload: JSON.stringify(payload),
  });
  return `http://${server.authority}/?${query}`;
}

function slashed(file: string): string {
  const path = file.replaceAll('\\', '/');
  return path.startsWith('/') ? path : `/${path}`;
}

/** A page whose clicks and look-ups fail with the locator's name rather than hang. */
export async function newPage(browser: Browser, viewport = { width: 1400, height: 900 }): Promise<Page> {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
  context.setDefaultTimeout(45_000);
  return context.newPage();
}
