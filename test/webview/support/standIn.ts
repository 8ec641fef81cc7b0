import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { putBuffer } from './server';

export const THEMES = ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const;
export type ThemeName = (typeof THEMES)[number];

declare global {
  interface Window {
    hostReceive(serial: number, message: unknown): void;
    hostFault(serial: number, fault: string): void;
    hostDeliver(packed: Packed): void;
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

/** A message as JSON, and where its typed arrays lie. */
export interface Packed {
  text: string;
  places: string[];
}

export interface ThemeFile {
  id: string;
  tokens: Record<string, string>;
}

export function loadTheme(name: ThemeName): ThemeFile & { kind: string } {
  const path = join(import.meta.dirname, '../themes', `${name}.json`);
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as ThemeFile), kind: `vscode-${name}` };
}

/** Runs in the page, before the panel. */
export function standInForVsCode(given: { state: unknown; defaults: string; serial: number }): void {
  const { state, defaults, serial } = given;
  document.addEventListener('securitypolicyviolation', (event) => {
    window.hostFault(
      serial,
      `policy: ${event.violatedDirective} ${event.sourceFile ?? ''}:${event.lineNumber} ${event.sample}`,
    );
  });
  window.savedState = state;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(defaults);
  document.adoptedStyleSheets = [sheet];
  const deliver = async ({ text, places }: Packed) => {
    const fetched = places.map(async (place) => (await fetch(`/${place}`)).arrayBuffer());
    const arrays = await Promise.all(fetched);
    const message: unknown = JSON.parse(text, (_, value: { $f32?: number; $u8?: number } | null) => {
      if (value?.$f32 !== undefined) return new Float32Array(arrays[value.$f32] as ArrayBuffer);
      if (value?.$u8 !== undefined) return new Uint8Array(arrays[value.$u8] as ArrayBuffer);
      return value;
    });
    window.postMessage(message, '*');
  };
  let last = Promise.resolve();
  window.hostDeliver = (packed) => void (last = last.then(() => deliver(packed)));
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => window.hostReceive(serial, message),
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

/** Takes the typed arrays out of a message: VS Code hands them over as they are, and so does this wire. */
export function pack(message: unknown): Packed {
  const places: string[] = [];
  const put = (array: Float32Array | Uint8Array) => places.push(putBuffer(array)) - 1;
  const text = JSON.stringify(message, (_, value: unknown) => {
    if (value instanceof Float32Array) return { $f32: put(value) };
    if (value instanceof Uint8Array) return { $u8: put(value) };
    return value;
  });
  return { text, places };
}
