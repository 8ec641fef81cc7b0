import type { HostFormat } from '../../../src/shared/export';
import { h } from '../../ui/dom';
import type { Actions, Part } from './view';

const FORMATS: [HostFormat | 'png', string][] = [
  ['png', 'PNG picture of this view'],
  ['svg', 'SVG of the matrix'],
  ['csv', 'CSV of the matrix'],
  ['npz', 'NPZ of all weights'],
  ['json', 'JSON of everything'],
  ['html', 'HTML page that keeps the interaction'],
  ['session', 'Session file'],
];
const TITLE = 'Export…';

/** Everything that a result can be taken away as; the host asks where to. */
export function createExportMenu(actions: Actions): Part {
  const list = h(
    'select',
    { attributes: { 'aria-label': 'Export' } },
    h('option', {}, TITLE),
    ...FORMATS.map(([, name]) => h('option', {}, name)),
  );
  list.addEventListener('change', () => {
    const chosen = FORMATS[list.selectedIndex - 1];
    list.selectedIndex = 0;
    if (chosen?.[0] === 'png')
      void picture().then((bytes) => bytes && actions.export({ format: 'png', bytes }));
    else if (chosen) actions.export({ format: chosen[0] });
  });
  const element = h('div', { class: 'export-menu' }, list);
  return { element, update: (view) => void (element.hidden = !view.snapshot.result) };
}

/** The largest canvas in sight, as a picture; null where the view has none. */
async function picture(): Promise<Uint8Array | null> {
  const canvases = [...document.querySelectorAll<HTMLCanvasElement>('.results canvas')];
  const area = ({ clientWidth, clientHeight }: HTMLCanvasElement) => clientWidth * clientHeight;
  const shown = canvases.filter((canvas) => canvas.checkVisibility() && !canvas.closest('.overview'));
  const largest = shown.sort((a, b) => area(b) - area(a))[0];
  if (!largest) return null;
  const blob = await new Promise<Blob | null>((done) => largest.toBlob(done));
  return blob && new Uint8Array(await blob.arrayBuffer());
}
