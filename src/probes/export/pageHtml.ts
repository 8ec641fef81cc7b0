import { messagesBlock } from '../../shared/language';
import { PAGE_DATA_ID } from '../../shared/page';
import type { PageAssets, PageData } from '../../shared/page';
import { hashSource } from './contentPolicy';

/**
 * One HTML file: the bundle, a theme for light and dark, and the data. Nothing is loaded from anywhere, and nothing runs
 * but the bundle: the page's policy names its hash. Whatever the data holds cannot end its element: `<` is escaped.
 */
export function pageHtml(title: string, { script, style, language }: PageAssets, data: PageData): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  const code = escaped(script, 'script');
  const sheet = escaped(`${themes()}\n${style}`, 'style');
  const policy = `default-src 'none'; script-src ${hashSource(code)}; style-src ${hashSource(sheet)}; img-src data: blob:`;
  const name = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html>
<html lang="${language?.tag ?? 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${sheet}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="${PAGE_DATA_ID}">${json}</script>
${messagesBlock(language?.messages)}<script>${code}</script>
</body>
</html>
`;
}

/** Text that cannot end its element, with the line ends that a parser makes of all: the hash is of what it reads. */
function escaped(text: string, element: 'script' | 'style'): string {
  return text.replace(new RegExp(`</(?=${element})`, 'gi'), '<\\/').replace(/\r\n?/g, '\n');
}

/** The tokens that VS Code would give, with the values of its default light and dark themes. */
const TOKENS: [name: string, light: string, dark: string][] = [
  ['foreground', '#3b3b3b', '#cccccc'],
  ['descriptionForeground', '#5c5c5c', '#9d9d9d'],
  ['editor-background', '#ffffff', '#1f1f1f'],
  ['editor-foreground', '#3b3b3b', '#cccccc'],
  ['panel-border', '#e5e5e5', '#2b2b2b'],
  ['focusBorder', '#005fb8', '#0078d4'],
  ['button-background', '#005fb8', '#0078d4'],
  ['button-foreground', '#ffffff', '#ffffff'],
  ['button-hoverBackground', '#0258a8', '#026ec1'],
  ['button-secondaryBackground', '#e5e5e5', '#313131'],
  ['button-secondaryForeground', '#3b3b3b', '#cccccc'],
  ['badge-background', '#cccccc', '#616161'],
  ['badge-foreground', '#3b3b3b', '#f8f8f8'],
  ['dropdown-background', '#ffffff', '#313131'],
  ['dropdown-foreground', '#3b3b3b', '#cccccc'],
  ['dropdown-border', '#cecece', '#3c3c3c'],
  ['input-background', '#ffffff', '#313131'],
  ['input-foreground', '#3b3b3b', '#cccccc'],
  ['checkbox-background', '#f8f8f8', '#313131'],
  ['checkbox-border', '#cecece', '#3c3c3c'],
  ['checkbox-foreground', '#3b3b3b', '#cccccc'],
  ['textLink-foreground', '#005fb8', '#4daafc'],
  ['list-hoverBackground', '#f2f2f2', '#2a2d2e'],
  ['charts-blue', '#1a85ff', '#59a4f9'],
  ['editorHoverWidget-background', '#f8f8f8', '#202020'],
  ['editorHoverWidget-foreground', '#3b3b3b', '#cccccc'],
  ['editorHoverWidget-border', '#c8c8c8', '#454545'],
];

function themes(): string {
  const side = (index: 1 | 2) => TOKENS.map((token) => `--vscode-${token[0]}: ${token[index]};`).join(' ');
  return (
    `:root { color-scheme: light dark; ${side(1)} --vscode-font-family: system-ui, sans-serif; --vscode-font-size: 13px; ` +
    `--vscode-editor-font-family: ui-monospace, Consolas, Menlo, monospace; } @media (prefers-color-scheme: dark) { :root { ${side(2)} } }`
  );
}
