/*
 * The toolkit's foundation finds out whether browsers know `:focus-visible` by adding a <style> element while it is being
 * imported, which the content security policy forbids (and then it wrongly answers no). Import this module before the
 * toolkit: it hands that probe an inert element with a real style sheet instead. `endStyleProbe` undoes it.
 */
const create = document.createElement.bind(document);

document.createElement = (tag: string, options?: ElementCreationOptions): HTMLElement =>
  tag === 'style' ? Object.assign(create('template'), { sheet: new CSSStyleSheet() }) : create(tag, options);

/** Gives `document.createElement` back; call right after the toolkit's import. */
export function endStyleProbe(): void {
  Reflect.deleteProperty(document, 'createElement');
}
