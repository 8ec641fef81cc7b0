import type { ExtensionContext } from 'vscode';

export function activate(_context: ExtensionContext): void {
  // Wired up as the rooms are built.
}
