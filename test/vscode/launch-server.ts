import type { Browser } from 'playwright-core';
import { root, sampleDir } from '../../scripts/lib/paths.mjs';
import type { ServerAge } from '../../scripts/lib/vscode-server.mjs';
import { launchBrowser, newPage, workbenchUrl } from '../../scripts/vscode/browser';
import { startServer } from '../../scripts/vscode/server';
import { bundleSuite } from './bundle';
import { printReport } from './printReport';

const SUITE_TIMEOUT_MS = 15 * 60_000;

/**
 * Runs a suite (a folder of tests, the mocha suite unless told otherwise) in the extension host of a VS Code server,
 * opened by a headless Chromium, of the current VS Code unless told otherwise. Resolves with the exit code.
 */
export async function runInServer(suite?: string, age?: ServerAge): Promise<number> {
  const tests = await bundleSuite(suite);
  const server = await startServer({ age });
  const browser = await launchBrowser();
  try {
    return await runSuite(browser, workbenchUrl({ server, folder: sampleDir, extension: root, tests }));
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Opens the workbench, which runs the suite by itself and calls back with its log and exit code. */
async function runSuite(browser: Browser, url: string): Promise<number> {
  const page = await newPage(browser);
  let exit: (code: number) => void = () => undefined;
  const exited = new Promise<number>((resolve, reject) => {
    exit = resolve;
    setTimeout(() => reject(new Error('The suite did not end in time.')), SUITE_TIMEOUT_MS).unref();
    page.on('crash', () => reject(new Error('The page with the workbench crashed.')));
  });
  await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => printReport(args));
  await page.exposeFunction('codeAutomationExit', (code: number) => exit(code));
  await page.goto(url);
  return exited;
}
