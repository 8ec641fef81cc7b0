const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it is, never as markup. */
export function html(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A link to a page of the web; other addresses stay text. */
export function anchor(label: string, href: string): string {
  return /^https:\/\//.test(href) ? `<a href="${html(href)}">${html(label)}</a>` : html(label);
}
