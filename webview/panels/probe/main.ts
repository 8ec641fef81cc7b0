import '../../language';
import { PROBE_PROTOCOL_VERSION } from '../../../src/shared/probe';
import { connectHost } from '../../host';
import { h } from '../../ui/dom';
import { createForm } from './form';
import { createHeader } from './header';
import { createInput } from './input';
import { createNotices } from './notices';
import { ProbePanel } from './panel';
import './probe.css';
import { createResults } from './results';

const live = h('div', { class: 'visually-hidden', attributes: { 'aria-live': 'polite', role: 'status' } });
const panel = new ProbePanel(
  (events) => connectHost(PROBE_PROTOCOL_VERSION, events),
  (text) => (live.textContent = text),
);
const parts = [createHeader, createInput, createForm, createNotices, createResults].map((create) =>
  create(panel),
);
const main = h('main', { class: 'panel' }, ...parts.map(({ element }) => element), live);
document.getElementById('app')?.append(main);
panel.start(parts);
