/** The colors of a page in a light and a dark version: each pair becomes a CSS variable. */
export class Paints {
  private readonly pairs = new Map<string, { name: string; light: string; dark: string }>();

  /** CSS for a color that is `light` on a light page and `dark` on a dark one. */
  of(light: string, dark: string): string {
    if (light === dark) return light;
    const key = `${light} ${dark}`;
    const known = this.pairs.get(key) ?? { name: `c${this.pairs.size}`, light, dark };
    this.pairs.set(key, known);
    return `var(--${known.name})`;
  }

  /** The values of all variables that were asked for, by the reader's color scheme. Paper is light. */
  css(): string {
    const values = (side: 'light' | 'dark') =>
      [...this.pairs.values()].map((pair) => `--${pair.name}:${pair[side]}`).join(';');
    const dark = `:root{color-scheme:dark;${values('dark')}}`;
    return `:root{color-scheme:light;${values('light')}}\n@media screen and (prefers-color-scheme:dark){${dark}}`;
  }
}
