/** The four kinds of theme that VS Code has. */
export type ThemeKind = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';

/** What charts need of the theme; everything else takes its tokens from CSS. Colours as VS Code wrote them. */
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
  /** Colours of series, in order; symbols and dashes tell them apart as well. */
  series: string[];
}

export const isDark = (kind: ThemeKind): boolean => kind === 'dark' || kind === 'high-contrast';
