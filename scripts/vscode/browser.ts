import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureChromium } from '../lib/chromium.mjs';

/** A headless Chromium that keeps a closed network quiet. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

export interface WorkbenchAddress {
  /** Host and port of the VS Code server. */
  authority: string;
  /** Absolute paths on the server's machine. */
  folder: string;
  extension: string;
  /** A module with `run()`, to be run in the extension host. */
  tests?: string;
}

/** The address of a workbench with the extension under development loaded. */
export function workbenchUrl({ authority, folder, extension, tests }: WorkbenchAddress): string {
  const remote = (file: string) => `vscode-remote://${authority}${encodeURI(slashed(file))}`;
  const payload = [
    ['extensionDevelopmentPath', remote(extension)],
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  const query = new URLSearchParams({ folder: slashed(folder), payload: JSON.stringify(payload) });
  return `http://${authority}/?${query}`;
}

function slashed(file: string): string {
  const path = file.replaceAll('\\', '/');
  return path.startsWith('/') ? path : `/${path}`;
}

/** A page whose clicks and look-ups fail with the locator's name rather than hang. */
export async function newPage(browser: Browser, viewport = { width: 1400, height: 900 }): Promise<Page> {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}
