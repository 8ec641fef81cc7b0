type Events = { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };

interface Props {
  class?: string;
  /** Shown when the pointer rests on the element. */
  title?: string;
  attributes?: Record<string, string>;
  on?: Events;
}

/** Makes an element. Strings become text nodes, so what a model or a text says is never read as markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** Gives an element of any tag its properties and children. */
export function fill<T extends HTMLElement>(element: T, props: Props, children: (Node | string)[]): T {
  if (props.class) element.className = props.class;
  if (props.title) element.title = props.title;
  for (const [name, value] of Object.entries(props.attributes ?? {})) element.setAttribute(name, value);
  listen(element, props.on ?? {});
  element.append(...children);
  return element;
}

export function listen(element: HTMLElement, events: Events): void {
  for (const [name, listener] of Object.entries(events)) {
    element.addEventListener(name, listener as EventListener);
  }
}

/** Sets the text only if it differs, so that live regions and selections are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** True when any value differs from the last call's: what a part of the panel asks before it redraws itself. */
export function changeDetector(): (...values: unknown[]) => boolean {
  let last: unknown[] | null = null;
  return (...values) => {
    const changed = last?.length !== values.length || values.some((value, i) => value !== last?.[i]);
    last = values;
    return changed;
  };
}
