import '../../language';
import { ANATOMY_PROTOCOL_VERSION } from '../../../src/shared/anatomyProtocol';
import { connectHost } from '../../host';
import { h } from '../../ui/dom';
import { createAbout } from './about';
import './anatomy.css';
import { createCompare } from './compare/compare';
import { createDiagram } from './diagram/diagram';
import { createEmpty } from './empty';
import { createGraph } from './graph';
import { createHeader } from './header';
import { createNotices } from './notices';
import { AnatomyPanel } from './panel';
import { createPages } from './pages';
import { createSummary } from './summary';
import { createTensors } from './tensors/tensors';
import type { Part } from './view';

const live = h('div', { class: 'visually-hidden', attributes: { 'aria-live': 'polite', role: 'status' } });
const panel = new AnatomyPanel(
  (events) => connectHost(ANATOMY_PROTOCOL_VERSION, events),
  (text) => (live.textContent = text),
);

const header = createHeader(panel);
const notices = createNotices(panel);
const empty = createEmpty(panel);
const summary = createSummary();
const pages = createPages(panel, {
  diagram: createDiagram(panel),
  tensors: createTensors(panel),
  graph: createGraph(panel),
  about: createAbout(),
  compare: createCompare(panel),
});
const model = h('div', {}, summary.element, pages.element);
const whole: Part = {
  element: model,
  update: ({ snapshot }) => (model.hidden = snapshot.model === null),
};
document
  .getElementById('app')
  ?.append(h('main', { class: 'panel' }, header.element, notices.element, empty.element, model, live));
panel.start([whole, header, notices, empty, summary, pages]);
