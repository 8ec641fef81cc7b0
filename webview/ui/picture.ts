import { h } from './dom';

/** PNG pixels a CSS pixel, and the most that a side may have. */
const SHARP = 2;
const MAX_PIXELS = 8192;

/** What a picture of a part of the page is made of. */
export interface PictureOptions {
  /** Selector of what is for the hand only, such as buttons. */
  leaveOut: string;
  /** The page's style sheets. The page cannot read them itself: they come from another origin. */
  style: string;
  /** CSS color of the ground: VS Code's own, which shines through a page without one. */
  background: string;
}

/**
 * A part of the page as it is on the screen, as a PNG file's bytes; null while nothing of it is to be seen. The page's own
 * layout engine draws it: a copy, with canvases as images, goes into an SVG image with the page's style sheets. Unlike
 * libraries that write every computed style into every element (html-to-image: over ten seconds for a board of heads),
 * that costs about what painting the page does. The content security policy of the page is not that of an image.
 * Rejects where the browser cannot draw the copy.
 */
export async function pngOf(
  element: HTMLElement,
  { leaveOut, style, background }: PictureOptions,
): Promise<Uint8Array | null> {
  const copy = copyOf(element, leaveOut);
  const width = document.documentElement.clientWidth;
  const height = copy instanceof HTMLElement ? heightOf(copy, element) : 0;
  if (!copy || height === 0) return null;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(copy, style, height))}`;
  await image.decode();
  const scale = Math.min(SHARP, MAX_PIXELS / Math.max(width, height));
  const canvas = h('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(scale, scale);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  return blob && new Uint8Array(await blob.arrayBuffer());
}

/** The copy laid out in the element's place for a moment, which nobody sees: left out parts leave no gap. */
function heightOf(copy: HTMLElement, { parentElement }: HTMLElement): number {
  copy.inert = true;
  parentElement?.append(copy);
  const { height } = copy.getBoundingClientRect();
  copy.remove();
  return Math.ceil(height);
}

/** The page around the copy, as far as style sheets ask for it; media queries see the image's width. */
function svgOf(copy: Element, style: string, height: number): string {
  const page = h('body', { class: document.body.className }, copy);
  const { fontFamily, fontSize, fontWeight, color, paddingLeft, paddingRight } = getComputedStyle(
    document.body,
  );
  Object.assign(page.style, { margin: '0', padding: `0 ${paddingRight} 0 ${paddingLeft}` });
  Object.assign(page.style, { fontFamily, fontSize, fontWeight, color, background: 'none' });
  page.style.width = `${document.documentElement.clientWidth}px`;
  page.style.height = `${height}px`;
  const markup = new XMLSerializer().serializeToString(page);
  const variables = escaped(document.documentElement.style.cssText);
  return xmlText(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${innerWidth}" height="${height}" style="${variables}">` +
      `<style>${escaped(style)}</style><foreignObject width="100%" height="100%">${markup}</foreignObject></svg>`,
  );
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Without what a token may be but XML must not have: control characters and halves of surrogate pairs. */
const xmlText = (text: string): string => text.replace(/[\p{Cs}\ufffe\uffff]|(?![\t\n\r])\p{Cc}/gu, '\ufffd');

/** What is in sight of an element; null for what is not, and for what is left out. */
function copyOf(element: Element, leaveOut: string): Element | null {
  if (element.matches(leaveOut) || getComputedStyle(element).display === 'none') return null;
  if (element instanceof HTMLCanvasElement) return imageOf(element);
  if (element instanceof SVGElement) return element.cloneNode(true) as Element;
  const chosen = element instanceof HTMLSelectElement && element.selectedOptions[0]?.text;
  if (chosen) return h('span', {}, chosen);
  const copy = element.cloneNode(false) as Element;
  copy.removeAttribute('id');
  for (const child of element.childNodes) {
    const part = child instanceof Element ? copyOf(child, leaveOut) : child.cloneNode(false);
    if (part) copy.append(part);
  }
  if (element.scrollTop > 0 || element.scrollLeft > 0) scroll(copy, element);
  return copy;
}

const PLACED = ['position', 'left', 'top', 'width', 'height', 'margin', 'display', 'zIndex'] as const;

/** What is painted on a canvas, in its place. */
function imageOf(canvas: HTMLCanvasElement): HTMLImageElement | null {
  if (canvas.width === 0 || canvas.height === 0) return null;
  const image = h('img', { class: canvas.className, attributes: { src: canvas.toDataURL(), alt: '' } });
  const style = getComputedStyle(canvas);
  for (const name of PLACED) image.style[name] = style[name];
  return image;
}

/** Moves what is inside as far as it is scrolled. */
function scroll(copy: Element, { scrollTop, scrollLeft }: Element): void {
  const inside = h('div');
  inside.append(...copy.childNodes);
  inside.style.margin = `${-scrollTop}px 0 0 ${-scrollLeft}px`;
  copy.append(inside);
}
