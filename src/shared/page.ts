import type { PanelSnapshot, PanelState } from './protocol';

/** The element of a self-contained page that holds its `PageData` as JSON. */
export const PAGE_DATA_ID = 'transformer-probe-data';

/** A result that stands for itself: what a page needs to be the panel without a host. */
export interface PageData {
  version: 1;
  snapshot: PanelSnapshot;
  state: PanelState;
  /** Base64 of gzip of one byte a weight (see `quantize`), in the order of `result.layers`, each [heads, queries, keys]. */
  weights: string;
}

/** Weights as `round(255 · √w)`: small weights keep their order; the error is at most √w / 255. */
export function quantize(weights: Float32Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(weights, (weight) => Math.round(255 * Math.sqrt(Math.min(1, Math.max(0, weight)))));
}

/** The weights back from their bytes; each row is scaled to sum to 1, as a softmax row does. */
export function dequantize(bytes: Uint8Array, keys: number): Float32Array {
  const weights = Float32Array.from(bytes, (byte) => (byte / 255) ** 2);
  for (let start = 0; start < weights.length; start += keys) {
    const row = weights.subarray(start, start + keys);
    const sum = row.reduce((total, weight) => total + weight, 0);
    if (sum > 0) for (let key = 0; key < keys; key++) row[key] = (row[key] as number) / sum;
  }
  return weights;
}

/** The panel's own bundle, as text. */
export interface PageAssets {
  script: string;
  style: string;
}

/**
 * One HTML file: the bundle, a theme for light and dark, and the data. Nothing is loaded from anywhere. Whatever the
 * data holds cannot end its element: `<` is escaped.
 */
export function pageHtml(title: string, { script, style }: PageAssets, data: PageData): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  const name = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${themes()}
${style.replaceAll('</style', '<\\/style')}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="${PAGE_DATA_ID}">${json}</script>
<script>${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
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
