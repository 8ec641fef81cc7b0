/**
 * The styles of a page in one place: a policy without `unsafe-inline` allows one style element by its hash, and no style
 * attributes. What they would say becomes classes.
 */
export class StyleSheet {
  private readonly classes = new Map<string, string>();

  /** @param start Rules that the page has anyway. */
  constructor(private readonly start: string) {}

  /** The class that has these declarations. */
  classOf(declarations: string): string {
    const known = this.classes.get(declarations);
    if (known !== undefined) return known;
    const name = `s${this.classes.size}`;
    this.classes.set(declarations, name);
    return name;
  }

  /** A drawn chart with classes for its style attributes, without the styles that it has for the pointer. */
  adopt(svg: string): string {
    return svg.replace(/<style[^]*?<\/style>/g, '').replace(/<[a-z][^<>]*>/gi, (tag) => {
      const bare = tag.replace(/ (?:style|class)="[^"]*"/g, '');
      const style = / style="([^"]*)"/.exec(tag)?.[1];
      return style ? bare.replace(/^<[\w-]+/, `$& class="${this.classOf(decoded(style))}"`) : bare;
    });
  }

  /** All rules, for the page's one style element. */
  get text(): string {
    const rules = [...this.classes].map(([declarations, name]) => `.${name} { ${declarations} }`);
    return [this.start, ...rules].join('\n');
  }
}

/** What a style attribute says. It may not end its rule: then it is left out. */
function decoded(attribute: string): string {
  const text = attribute.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
  return /[{}<>]/.test(text) ? '' : text;
}
