import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { newPage, workbenchUrl, type WorkbenchAddress } from './browser';

const START_TIMEOUT_MS = 120_000;
const MENU_TIMEOUT_MS = 5_000;
const MENU_ATTEMPTS = 10;
const MENU_CLOSES_MS = 500;
const FOCUS_TIMEOUT_MS = 2_000;
const FOCUS_ATTEMPTS = 10;

/** The four default themes: the kind that webviews are told, and the label in VS Code's list. */
export const THEMES = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high-contrast': 'Dark High Contrast',
  'high-contrast-light': 'Light High Contrast',
} as const;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** VS Code in a page, used as a person would: by keys, menus and the palette. */
export class Workbench {
  /** What content security policies forbade, in the panel and everywhere else. */
  readonly violations: string[] = [];

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      const text = message.text();
      if (/Content Security Policy/.test(text) && !text.startsWith('[Report Only]'))
        this.violations.push(text);
    });
  }

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

  /**
   * Waits until files are listed, the extension host reports its diagnostics and the extension's icon is there. Commands
   * come with the icon: before that the palette has none of them, and does not look again.
   */
  async ready(): Promise<void> {
    const sentinels = [
      '.explorer-folders-view .monaco-list-row',
      '.statusbar-item[id="status.problems"]',
      '.activitybar [aria-label^="Transformer Probe"]',
    ];
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

  /** Opens a file at the top of the workspace, in an editor that stays. */
  async openFile(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).dblclick();
    await this.page.locator(`.editor-group-container.active .tab.active:has-text("${name}")`).waitFor();
    await this.page.locator('.editor-group-container.active .view-line').first().waitFor();
  }

  /** Types into the quick input, once it has the focus, and takes the entry with this label. */
  async pick(query: string, label: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    const input = widget.locator('input[type="text"]:focus');
    await input.fill(query);
    await widget.locator('.monaco-list-row', { hasText: label }).first().click();
  }

  /** Answers an input box that is about to open, and is clicked where a panel took the focus from it. */
  async fillQuickInput(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]');
    const focused = input.and(this.page.locator(':focus'));
    if (!(await appears(focused, FOCUS_TIMEOUT_MS))) await input.click();
    await focused.fill(text);
    await focused.press('Enter');
  }

  /** Saves under the name that a dialog offers, once it does. */
  async saveAs(name: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    const input = widget.locator('input[type="text"]:focus');
    while (!(await input.inputValue()).endsWith(name)) await this.page.waitForTimeout(50);
    await clickUntilGone(widget.locator('.monaco-button', { hasText: 'OK' }));
  }

  quickInputEntry(label: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget .monaco-list-row', { hasText: label }).first();
  }

  /** Puts the focus into the first group's editor. */
  async focusEditor(): Promise<void> {
    const editor = this.page.locator(
      '.editor-group-container.active .editor-instance .monaco-editor.focused',
    );
    for (let attempt = 1; attempt < FOCUS_ATTEMPTS; attempt++) {
      await this.page.keyboard.press('Control+1');
      if (await appears(editor.first(), FOCUS_TIMEOUT_MS)) return;
    }
    throw new Error('The editor does not get the focus.');
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
    const widget = this.page.locator('.quick-input-widget');
    const there = widget.locator('.monaco-list-row', { hasText: `line ${line}` });
    const nowhere = widget.locator('.monaco-list-row', { hasText: 'Open a text editor first' });
    for (let attempt = 1; attempt < FOCUS_ATTEMPTS; attempt++) {
      await this.page.keyboard.press('Control+G');
      await widget.locator('input[type="text"]:focus').fill(`:${line}:${column}`);
      await there.or(nowhere).first().waitFor();
      if (await there.isVisible()) return there.first().click();
      // A panel that was clicked reports its focus late: it became the active editor after the focus had left it.
      await this.page.keyboard.press('Escape');
      await this.focusEditor();
    }
    throw new Error(`The cursor does not get to line ${line}.`);
  }

  /** Opens the context menu on the editor's selection and takes the entry with this label. */
  async chooseFromContextMenu(label: string): Promise<void> {
    await this.page.locator('.editor-instance .selected-text').first().waitFor();
    await this.chooseFromMenu(label, async () => {
      const [box] = await this.selectionBoxes();
      if (box)
        await this.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2, { button: 'right' });
    });
  }

  /** Opens the context menu of something in a view and takes the entry with this label. */
  async chooseFromContextMenuOf(target: Locator, label: string): Promise<void> {
    await this.chooseFromMenu(label, () => target.click({ button: 'right' }));
  }

  private async chooseFromMenu(label: string, open: () => Promise<void>): Promise<void> {
    const menu = this.page.locator('.monaco-menu');
    const entry = menu.locator('.action-item', { hasText: label });
    for (let attempt = 1; attempt < MENU_ATTEMPTS; attempt++) {
      await open();
      if (await appears(entry)) return clickUntilGone(entry);
      // The extension's entries come a little after the editor. Escape without a menu would drop the selection.
      if (await menu.isVisible()) await this.page.keyboard.press('Escape');
    }
    throw new Error(`The context menu has no entry "${label}".`);
  }

  /** What extensions have marked in the editor. */
  decorations(): Locator {
    return this.page.locator('.editor-instance .view-overlays [class*="TextEditorDecorationType"]');
  }

  /** Where the selection is on the screen: a box a line. */
  async selectionBoxes(): Promise<Box[]> {
    const boxes = await this.page.locator('.editor-instance .selected-text').all();
    const found = await Promise.all(boxes.map((box) => box.boundingBox()));
    return found.filter((box) => box !== null);
  }

  /** Types keys into whatever has the focus, one after the other. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** The tab of an editor or a panel, by the start of its title. */
  tab(title: string): Locator {
    return this.page.locator(`.tab[aria-label^="${title}"]`);
  }

  statusBar(): Locator {
    return this.page.locator('.part.statusbar');
  }

  /** Opens the list of notifications: a workbench under a test driver shows none of them by itself. */
  async showNotifications(): Promise<Locator> {
    await this.runCommand('Notifications: Show Notifications');
    await this.page.locator('.notifications-center.visible').waitFor();
    return this.page.locator('.notifications-center .notification-list-item');
  }

  async hideNotifications(): Promise<void> {
    await this.page.locator('.notifications-center [aria-label^="Hide Notifications"]').click();
    await this.page.locator('.notifications-center.visible').waitFor({ state: 'detached' });
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

/** A menu ignores clicks in its first tenth of a second, so that the click that opened it does not choose. */
async function clickUntilGone(entry: Locator): Promise<void> {
  await entry.click();
  for (let attempt = 1; attempt < MENU_ATTEMPTS; attempt++) {
    const gone = entry.waitFor({ state: 'hidden', timeout: MENU_CLOSES_MS });
    if (await gone.then(() => true).catch(() => false)) return;
    // It may have closed meanwhile: then there is nothing to click.
    await entry.click({ timeout: MENU_CLOSES_MS }).catch(() => undefined);
  }
  throw new Error('The menu stays open.');
}

async function appears(element: Locator, timeout = MENU_TIMEOUT_MS): Promise<boolean> {
  return element.waitFor({ timeout }).then(
    () => true,
    () => false,
  );
}
