/** An SVG element as plain data: the same picture for the panel, where it becomes elements, and for files without a page. */
export interface Shape {
  tag: string;
  /** Those that are undefined are left out. */
  attributes: Record<string, string | number | undefined>;
  children: (Shape | string)[];
}

export function shape(
  tag: Shape['tag'],
  attributes: Shape['attributes'] = {},
  ...children: Shape['children']
): Shape {
  return { tag, attributes, children };
}

/** SVG text; strings are escaped. */
export function toMarkup({ tag, attributes, children }: Shape): string {
  const said = Object.entries(attributes).map(([name, value]) =>
    value === undefined ? '' : ` ${name}="${escaped(String(value))}"`,
  );
  const inside = children.map((child) => (typeof child === 'string' ? escaped(child) : toMarkup(child)));
  return `<${tag}${said.join('')}>${inside.join('')}</${tag}>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}
