import { svg, toElement } from '../../ui/svg';
import { arrowHeads } from './draw';
import type { Size } from './viewport';

/** What a picture outside of the panel needs of its style sheet. */
const PROPERTIES = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin'],
  ...['font-family', 'font-size', 'font-weight', 'text-anchor', 'opacity'],
];
const MARGIN = 20;
/** PNG pixels a unit, and the most that a side may have. */
const SHARP = 2;
const MAX_PIXELS = 8192;

/** The whole diagram as an SVG document that needs no style sheet: colours of the theme in sight, background included. */
export function svgDocument(drawn: SVGElement, size: Size, background: string, title: string): string {
  const [width, height] = [Math.ceil(size.width + 2 * MARGIN), Math.ceil(size.height + 2 * MARGIN)];
  const heads = toElement(arrowHeads());
  const live = drawn.ownerSVGElement?.querySelector('defs');
  const picture = drawn.cloneNode(true) as SVGElement;
  inline(drawn, picture);
  if (live) inline(live, heads);
  picture.setAttribute('transform', `translate(${MARGIN} ${MARGIN})`);
  const document = svg(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}` },
    svg('title', {}, title),
    heads,
    svg('rect', { width, height, fill: plainColour(background) }),
    picture,
  );
  return new XMLSerializer().serializeToString(document);
}

/** The same picture as a PNG file's bytes. */
export async function pngBytes(document: string, { width, height }: Size): Promise<Uint8Array> {
  const scale = Math.min(SHARP, MAX_PIXELS / (Math.max(width, height) + 2 * MARGIN));
  const url = URL.createObjectURL(new Blob([document], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = window.document.createElement('canvas');
    canvas.width = Math.round((width + 2 * MARGIN) * scale);
    canvas.height = Math.round((height + 2 * MARGIN) * scale);
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('The picture is too large for a PNG. Save it as SVG.');
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Writes computed styles into attributes, and takes out what only the panel needs. */
function inline(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of PROPERTIES) {
    const value = style.getPropertyValue(name);
    if (value !== '') to.setAttribute(name, /^(fill|stroke)$/.test(name) ? plainColour(value) : value);
  }
  for (const name of ['class', 'role', 'tabindex', 'data-key', 'data-id']) to.removeAttribute(name);
  for (const { name } of [...to.attributes]) if (name.startsWith('aria-')) to.removeAttribute(name);
  [...from.children].forEach((child, i) => inline(child, to.children[i] as Element));
}

const plain = new Map<string, string>();

/** A colour as other programs read it, without CSS's newer notations. */
function plainColour(css: string): string {
  if (css === 'none' || css.startsWith('url(')) return css;
  const known = plain.get(css);
  if (known !== undefined) return known;
  const context = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
  const colour = a === 255 ? `rgb(${r},${g},${b})` : `rgba(${r},${g},${b},${(a / 255).toFixed(3)})`;
  plain.set(css, colour);
  return colour;
}
