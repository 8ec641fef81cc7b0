import * as vscode from 'vscode';

/** Shades between not at all and the strongest; below half the first one a token stays plain. */
const LEVELS = 8;

/** Colors ranges by weight in every visible editor of one document, and takes the color away again without a trace. */
export class AttentionColors implements vscode.Disposable {
  private types: vscode.TextEditorDecorationType[] = [];
  private shown: { uri: vscode.Uri; levels: vscode.Range[][] } | null = null;
  private readonly subscription = vscode.window.onDidChangeVisibleTextEditors(() => this.apply());

  /** `weights` go from 0 to 1, one a range; ranges that are undefined are skipped. */
  show(uri: vscode.Uri, ranges: (vscode.Range | undefined)[], weights: number[]): void {
    const levels = Array.from({ length: LEVELS }, (): vscode.Range[] => []);
    ranges.forEach((range, index) => {
      const level = Math.round((weights[index] ?? 0) * LEVELS) - 1;
      if (range && level >= 0) levels[Math.min(level, LEVELS - 1)]?.push(range);
    });
    this.shown = { uri, levels };
    this.apply();
  }

  clear(): void {
    this.shown = null;
    for (const type of this.types) type.dispose();
    this.types = [];
  }

  dispose(): void {
    this.clear();
    this.subscription.dispose();
  }

  private apply(): void {
    if (!this.shown) return;
    const { uri, levels } = this.shown;
    if (this.types.length === 0) this.types = levels.map((_, level) => shade((level + 1) / LEVELS));
    for (const editor of vscode.window.visibleTextEditors) {
      const same = editor.document.uri.toString() === uri.toString();
      this.types.forEach((type, level) => editor.setDecorations(type, same ? (levels[level] ?? []) : []));
    }
  }
}

/** One hue, more of it the stronger, so that order can be seen without telling hues apart; text stays readable on it. */
function shade(strength: number): vscode.TextEditorDecorationType {
  const opacity = (0.06 + 0.44 * strength).toFixed(3);
  return vscode.window.createTextEditorDecorationType({
    light: { backgroundColor: `rgba(9, 105, 218, ${opacity})` },
    dark: { backgroundColor: `rgba(75, 155, 255, ${opacity})` },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}
