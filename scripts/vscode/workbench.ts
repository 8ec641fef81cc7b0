import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { newPage, workbenchUrl, type WorkbenchAddress } from './browser';

const START_TIMEOUT_MS = 60_000;

/** The four default themes: the kind that webviews are told, and the label in VS Code's list. */
export const THEMES = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high-contrast': 'Dark High Contrast',
  'high-contrast-light': 'Light High Contrast',
} as const;

/** VS Code in a page, used as a person would: by keys, menus and the palette. */
export class Workbench {
  private constructor(readonly page: Page) {}

  /** Opens a workbench in a page of its own and waits until it can be used. */
  static async open(
    browser: Browser,
    address: WorkbenchAddress,
    viewport?: { width: number; height: number },
  ): Promise<Workbench> {
    const workbench = new Workbench(await newPage(browser, viewport));
    await workbench.page.goto(workbenchUrl(address));
    await workbench.ready();
    return workbench;
  }

  /** Waits until files are listed and the extension host reports its diagnostics. */
  async ready(): Promise<void> {
    const sentinels = ['.explorer-folders-view .monaco-list-row', '.statusbar-item[id="status.problems"]'];
    for (const sentinel of sentinels) {
      await this.page.locator(sentinel).first().waitFor({ timeout: START_TIMEOUT_MS });
    }
  }

  /** Runs a command by its full title, such as `Transformer Probe: Analyze Selection`. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.pick(`>${title}`, title);
  }

  async setTheme(theme: keyof typeof THEMES): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.pick('>Preferences: Color Theme', 'Preferences: Color Theme');
    await this.pick(THEMES[theme], THEMES[theme]);
  }

  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.pick(name, name);
    await this.page.locator(`.tab.active:has-text("${name}")`).waitFor();
  }

  /** Types into the quick input, once it has the focus, and takes the entry with this label. */
  async pick(query: string, label: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    const input = widget.locator('input[type="text"]:focus');
    await input.fill(query);
    await widget.locator('.monaco-list-row', { hasText: label }).first().click();
  }

  /** Selects a whole line of the active editor, counted from 1. */
  async selectLine(line: number): Promise<void> {
    await this.moveCursor(line, 1);
    // In a wrapped line the first press goes to the end of what fits, the second to the end of the line.
    await this.page.keyboard.press('Shift+End');
    await this.page.keyboard.press('Shift+End');
  }

  /** Puts the cursor of the active editor there; both counted from 1. */
  async moveCursor(line: number, column: number): Promise<void> {
    await this.page.keyboard.press('Control+G');
    await this.pick(`:${line}:${column}`, `line ${line}`);
  }

  /** Opens the context menu on the editor's selection and takes the entry with this label. */
  async chooseFromContextMenu(label: string): Promise<void> {
    await this.page
      .locator('.editor-instance .selected-text')
      .first()
      .click({ button: 'right', force: true });
    await this.page.locator('.monaco-menu .action-item', { hasText: label }).click();
  }

  editor(): Locator {
    return this.page.locator('.editor-instance .monaco-editor').first();
  }

  /** The tab of an editor or a panel, by the start of its title. */
  tab(title: string): Locator {
    return this.page.locator(`.tab[aria-label^="${title}"]`);
  }

  statusBarItem(id: string): Locator {
    return this.page.locator(`.statusbar-item[id$="${id}"]`);
  }

  notifications(): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item');
  }

  /** What the visible webview shows. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Reloads the window the way the command does, which lets VS Code save its state first. */
  async reloadWindow(): Promise<void> {
    const reloaded = this.page.waitForEvent('domcontentloaded');
    await this.runCommand('Developer: Reload Window');
    await reloaded;
    await this.ready();
  }

  async screenshot(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
