import '../../language';
import { PROTOCOL_VERSION } from '../../../src/shared/protocol';
import { connectHost } from '../../host';
import { connectPage, pageData } from '../../offline/pageHost';
import { h } from '../../ui/dom';
import './attention.css';
import { createArithmetic } from './arithmetic';
import { createCompare } from './compare';
import { createEncoderDecoder } from './encoderDecoder';
import { createGeneration } from './generation';
import { createHeadFinder } from './headFinder';
import { createEdit } from './edit';
import { createEditorColors } from './editorColors';
import { createEmpty } from './empty';
import { createExportMenu } from './exportMenu';
import { createHeader } from './header';
import { createHelp } from './help';
import { createMatrix } from './matrix';
import { createNotices } from './notices';
import { createOverview } from './overview';
import { AttentionPanel } from './panel';
import { createPickers } from './pickers';
import { createLines } from './lines';
import { createProse } from './prose';
import { createRowList } from './rowList';
import { createTabs } from './tabs';
import { createTools } from './tools';
import { createText } from './text';
import type { Part } from './view';

const page = pageData();
const live = h('div', { class: 'visually-hidden', attributes: { 'aria-live': 'polite', role: 'status' } });
const panel = new AttentionPanel(
  (events) => (page ? connectPage(page, events) : connectHost(PROTOCOL_VERSION, events)),
  (text) => (live.textContent = text),
);

const header = createHeader(panel);
const notices = createNotices(panel);
const empty = createEmpty(panel);
const input = createText(panel, 'input');
const target = createText(panel, 'target');
const edit = createEdit(panel);
const pickers = createPickers(panel);
const overview = createOverview(panel);
const matrix = createMatrix(panel);
const lines = createLines(panel);
const prose = createProse(panel);
const generation = createGeneration(panel);
const heads = createHeadFinder(panel);
const wide = [createArithmetic(panel), heads, createEncoderDecoder(panel), createCompare(panel)];
const editorColors = createEditorColors(panel);
const tabs = createTabs(panel);
const tools = createTools(panel);
const rows = createRowList(panel);
const exportMenu = createExportMenu(panel, { lines, heads });
header.element.append(exportMenu.element);
const help = createHelp();

const board = h(
  'div',
  { class: 'board' },
  overview.element,
  matrix.element,
  lines.element,
  prose.element,
  generation.element,
  rows.element,
);
const results = h(
  'div',
  { class: 'results' },
  input.element,
  target.element,
  edit.element,
  tabs.element,
  pickers.element,
  tools.element,
  board,
  ...wide.map((part) => part.element),
  help,
);
const whole: Part = {
  element: results,
  update: ({ snapshot }) => (results.hidden = snapshot.result === null),
};
document
  .getElementById('app')
  ?.append(h('main', { class: 'panel' }, header.element, notices.element, empty.element, results, live));
panel.start([
  whole,
  header,
  exportMenu,
  notices,
  empty,
  input,
  target,
  edit,
  tabs,
  pickers,
  tools,
  overview,
  matrix,
  lines,
  prose,
  generation,
  ...wide,
  rows,
  editorColors,
]);
