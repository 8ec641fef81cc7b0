import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const THEMES = ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const;
export type ThemeName = (typeof THEMES)[number];

declare global {
  interface Window {
    hostReceive(message: unknown): void;
    hostFault(fault: string): void;
    hostDeliver(packed: string): void;
    savedState: unknown;
  }
}

/** The parts of the sheet that VS Code puts into every webview that touch layout. */
export const DEFAULT_STYLES = `
body { background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family);
  font-weight: var(--vscode-font-weight); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
html { background: var(--vscode-editor-background); }
::-webkit-scrollbar { width: 10px; height: 10px; }
::-webkit-scrollbar-thumb { background-color: var(--vscode-scrollbarSlider-background); }`;

export interface ThemeFile {
  id: string;
  tokens: Record<string, string>;
}

export function loadTheme(name: ThemeName): ThemeFile & { kind: string } {
  const path = join(import.meta.dirname, '../themes', `${name}.json`);
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as ThemeFile), kind: `vscode-${name}` };
}

/** Runs in the page, before the panel. */
export function standInForVsCode({ state, defaults }: { state: unknown; defaults: string }): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    window.hostFault(
      `policy: ${event.violatedDirective} ${event.sourceFile ?? ''}:${event.lineNumber} ${event.sample}`,
    );
  });
  window.savedState = state;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(defaults);
  document.adoptedStyleSheets = [sheet];
  const floats = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.hostDeliver = (packed) => {
    const message: unknown = JSON.parse(packed, (_, value: { $f32?: string; $u8?: string } | null) =>
      value?.$f32 !== undefined
        ? new Float32Array(floats(value.$f32))
        : value?.$u8 !== undefined
          ? new Uint8Array(floats(value.$u8))
          : value,
    );
    window.postMessage(message, '*');
  };
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => window.hostReceive(message),
      getState: () => window.savedState ?? undefined,
      setState: (next: unknown) => (window.savedState = next),
    }),
  });
}

/** Runs in the page: what VS Code does when the theme changes. */
export function applyTheme({ id, kind, tokens }: ThemeFile & { kind: string }): void {
  const apply = () => {
    const { style } = document.documentElement;
    for (const name of [...style]) if (name.startsWith('--vscode-')) style.removeProperty(name);
    for (const [name, value] of Object.entries(tokens)) style.setProperty(`--vscode-${name}`, value);
    document.body.className = kind === 'vscode-high-contrast-light' ? `${kind} vscode-high-contrast` : kind;
    document.body.dataset.vscodeThemeKind = kind;
    document.body.dataset.vscodeThemeId = id;
  };
  if (document.body) return apply();
  const observer = new MutationObserver(() => {
    if (!document.body) return;
    observer.disconnect();
    apply();
  });
  observer.observe(document, { childList: true, subtree: true });
}

export function pack(message: unknown): string {
  return JSON.stringify(message, (_, value: unknown) => {
    if (value instanceof Float32Array) return { $f32: base64(value) };
    if (value instanceof Uint8Array) return { $u8: base64(value) };
    return value;
  });
}

const base64 = (array: Float32Array | Uint8Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
