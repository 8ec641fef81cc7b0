/** The four kinds of theme that VS Code has. */
export type ThemeKind = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';

/** What canvases need of the theme; everything else takes its tokens from CSS. Colours as VS Code wrote them. */
export interface Theme {
  kind: ThemeKind;
  background: string;
  foreground: string;
  muted: string;
  border: string;
  focus: string;
  tooltipBackground: string;
  tooltipForeground: string;
  tooltipBorder: string;
  fontFamily: string;
  monospace: string;
}

const BODY_CLASSES: [className: string, kind: ThemeKind][] = [
  ['vscode-high-contrast-light', 'high-contrast-light'],
  ['vscode-high-contrast', 'high-contrast'],
  ['vscode-light', 'light'],
  ['vscode-dark', 'dark'],
];

/** Reads the theme from the tokens that VS Code sets on the root element and the class it sets on the body. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const token = (...names: string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(`--vscode-${name}`).trim();
      if (value) return value;
    }
    return 'currentColor';
  };
  const foreground = token('editor-foreground', 'foreground');
  return {
    kind: themeKind(document.body.classList),
    background: token('editor-background'),
    foreground,
    muted: token('descriptionForeground', 'foreground'),
    border: token('contrastBorder', 'panel-border', 'editorWidget-border', 'foreground'),
    focus: token('focusBorder', 'foreground'),
    tooltipBackground: token('editorHoverWidget-background', 'editorWidget-background', 'editor-background'),
    tooltipForeground: token('editorHoverWidget-foreground', 'foreground'),
    tooltipBorder: token('editorHoverWidget-border', 'editorWidget-border', 'contrastBorder', 'foreground'),
    fontFamily: token('font-family'),
    monospace: token('editor-font-family', 'font-family'),
  };
}

/** Calls back after each change of theme; VS Code rewrites the body's class and the root's style. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}

export const isDark = (kind: ThemeKind): boolean => kind === 'dark' || kind === 'high-contrast';

function themeKind(classes: DOMTokenList): ThemeKind {
  return BODY_CLASSES.find(([name]) => classes.contains(name))?.[1] ?? 'dark';
}
