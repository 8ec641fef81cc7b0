import type { Theme } from './chartTheme';

/** Black on white, with fonts that every program has: for drawings that go into papers. */
export const PRINT_THEME: Theme = {
  kind: 'light',
  background: '#ffffff',
  foreground: '#000000',
  muted: '#444444',
  border: '#888888',
  focus: '#005fb8',
  tooltipBackground: '#ffffff',
  tooltipForeground: '#000000',
  tooltipBorder: '#888888',
  fontFamily: 'Helvetica, Arial, sans-serif',
  monospace: 'Courier New, monospace',
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'],
};
