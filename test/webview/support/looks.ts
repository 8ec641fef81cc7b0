import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { inaccessible } from './axe';
import { THEMES } from './standIn';
import type { ThemeName } from './standIn';

/** A panel in a page, of any kind. */
interface Panel {
  readonly page: Page;
  setTheme(theme: ThemeName): Promise<void>;
  settled(): Promise<void>;
  screenshot(name: string): Promise<void>;
}

/**
 * Fails where something cannot be read or used in one of the themes, or overflows at one of the widths. Themes differ in
 * colors, and high contrast in borders as well: these two are looked at in every width, and the others in the first. Where
 * pictures are wanted, they are made of all.
 */
export async function looksRight(
  panel: Panel,
  name: string,
  widths: readonly [number, ...number[]],
  themes: readonly ThemeName[] = THEMES,
): Promise<void> {
  const all = !process.env.NO_PICTURES || themes.length === 1;
  for (const theme of themes) {
    await panel.setTheme(theme);
    const isLaidOutAlone = theme === 'dark' || theme === 'high-contrast';
    for (const width of all || isLaidOutAlone ? widths : widths.slice(0, 1)) {
      await panel.page.setViewportSize({ width, height: 900 });
      await panel.settled();
      await panel.screenshot(`${name}-${theme}-${width}`);
      assert.deepEqual(await overflowing(panel.page), [], `${theme} at ${width}`);
      if (width !== widths[0]) continue;
      assert.deepEqual(await unreadable(panel.page), [], `text on its background in ${theme}`);
      assert.deepEqual(await inaccessible(panel.page), [], `axe-core in ${theme}`);
    }
  }
}

/** Elements wider than their box (but for those made to scroll) and text cut off without a title that has all of it. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const name = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent?.slice(0, 40)}`;
    if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      if (
        element.closest('.visually-hidden, option, input, svg') ||
        element.clientWidth === 0 ||
        !element.checkVisibility()
      )
        continue;
      const { overflowX } = getComputedStyle(element);
      if (element.scrollWidth <= element.clientWidth + 1 || ['auto', 'scroll'].includes(overflowX)) continue;
      const cutText = element.childElementCount === 0 && element.textContent && overflowX === 'hidden';
      if (!(cutText && element.title === element.textContent)) faults.push(name(element));
    }
    return faults;
  });
}

/** Visible text with less than 4.5 : 1 contrast (WCAG AA) against the colors painted behind it. */
function unreadable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Rgba = [number, number, number, number];
    const context = document
      .createElement('canvas')
      .getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
    const parse = (css: string): Rgba => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      return [r ?? 0, g ?? 0, b ?? 0, (a ?? 0) / 255];
    };
    const over = (top: Rgba, below: Rgba): Rgba => {
      const mix = (i: 0 | 1 | 2) => top[i] * top[3] + below[i] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const behind = (element: Element | null): Rgba => {
      if (!element) return [255, 255, 255, 1];
      return over(parse(getComputedStyle(element).backgroundColor), behind(element.parentElement));
    };
    const luminance = (colour: Rgba) => {
      const [r, g, b] = colour.slice(0, 3).map((byte) => {
        const x = byte / 255;
        return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faults: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      );
      if (
        !own ||
        !element.checkVisibility() ||
        element.closest('.visually-hidden, vscode-button, select:disabled')
      )
        continue;
      const background = behind(element);
      let ink = parse(getComputedStyle(element).color);
      for (let at: Element | null = element; at; at = at.parentElement)
        ink = [...ink.slice(0, 3), ink[3] * Number(getComputedStyle(at).opacity)] as Rgba;
      const [low, high] = [luminance(over(ink, background)), luminance(background)].sort((a, b) => a - b) as [
        number,
        number,
      ];
      const contrast = (high + 0.05) / (low + 0.05);
      if (contrast < 4.5)
        faults.push(
          `${contrast.toFixed(2)} ${element.className || element.tagName}: ${element.textContent?.slice(0, 30)}`,
        );
    }
    return [...new Set(faults)];
  });
}
