import type { Theme, ThemeKind } from './charts/chartTheme';
import { cssColour, parseColour } from './charts/colour';

export { isDark } from './charts/chartTheme';
export type { Theme, ThemeKind } from './charts/chartTheme';

const BODY_CLASSES: [className: string, kind: ThemeKind][] = [
  ['vscode-high-contrast-light', 'high-contrast-light'],
  ['vscode-high-contrast', 'high-contrast'],
  ['vscode-light', 'light'],
  ['vscode-dark', 'dark'],
];

/** VS Code's chart colours, `--vscode-charts-blue` and so on, neighbours far apart. */
const SERIES = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'];

/** Reads the theme from the tokens that VS Code sets on the root element and the class it sets on the body. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const token = (...names: string[]): string =>
    names.map((name) => style.getPropertyValue(name).trim()).find((value) => value !== '') ?? 'currentColor';
  const foreground = token('--vscode-editor-foreground', '--vscode-foreground');
  return {
    kind: themeKind(document.body.classList),
    background: token('--vscode-editor-background'),
    foreground,
    muted: token('--vscode-descriptionForeground', '--vscode-foreground'),
    border: token('--vscode-contrastBorder', '--vscode-panel-border', '--vscode-foreground'),
    focus: token('--vscode-focusBorder', '--vscode-foreground'),
    tooltipBackground: token('--vscode-editorHoverWidget-background', '--vscode-editor-background'),
    tooltipForeground: token('--vscode-editorHoverWidget-foreground', '--vscode-foreground'),
    tooltipBorder: token(
      '--vscode-editorHoverWidget-border',
      '--vscode-contrastBorder',
      '--vscode-foreground',
    ),
    fontFamily: token('--vscode-font-family'),
    monospace: token('--vscode-editor-font-family', '--vscode-font-family'),
    series: SERIES.map((name) => opaque(token(`--vscode-charts-${name}`, ...standIns(name)))),
  };
}

/** The light high-contrast theme has no orange for charts: blue would stand for both signs of a value. */
function standIns(name: string): string[] {
  return [...(name === 'orange' ? ['--vscode-charts-yellow'] : []), '--vscode-focusBorder'];
}

/** VS Code's orange for charts is that of a search match, two thirds transparent: too pale for a line. */
function opaque(css: string): string {
  const colour = parseColour(css);
  return colour ? cssColour(colour) : css;
}

/** Calls back after each change of theme; VS Code rewrites the body's class and the root's style. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}

function themeKind(classes: DOMTokenList): ThemeKind {
  return BODY_CLASSES.find(([name]) => classes.contains(name))?.[1] ?? 'dark';
}
