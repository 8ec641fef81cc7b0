import * as l10n from '@vscode/l10n';
import { POSITION_NAMES } from '../../../src/shared/anatomy';
import type { Anatomy, ArchitectureFacts } from '../../../src/shared/anatomy';
import type { Family } from '../../../src/shared/model';
import { changeDetector, h } from '../../ui/dom';
import { bytes, count, percent, short } from '../../charts/numbers';
import { FORMAT_NAMES } from './header';
import type { Part } from './view';

const FAMILY_NAMES: Record<Family, string> = {
  'encoder-only': l10n.t('encoder-only'),
  'decoder-only': l10n.t('decoder-only'),
  'encoder-decoder': l10n.t('encoder-decoder'),
};
const NORM_NAMES = { layer: l10n.t('layer norm'), rms: l10n.t('RMS norm') };
const PLACE_NAMES = {
  pre: l10n.t('before each sub-layer'),
  post: l10n.t('after each sub-layer'),
  both: l10n.t('before and after'),
};
/** Precisions with a row of their own. */
const MAX_PRECISIONS = 6;

/** The card on top: the architecture's facts and where the bytes are, by precision. */
export function createSummary(): Part {
  const facts = h('dl', { class: 'card-facts' });
  const precisions = h('div', { class: 'precisions' });
  const element = h(
    'section',
    { class: 'card', attributes: { 'aria-label': l10n.t('Summary') } },
    facts,
    precisions,
  );
  const changed = changeDetector();
  return {
    element,
    update({ snapshot: { model } }) {
      if (!model || !changed(model)) return;
      const rows = factRows(model.anatomy).filter(([, text]) => text !== null);
      facts.replaceChildren(
        ...rows.map(([name, text]) =>
          h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, text ?? '')),
        ),
      );
      precisions.replaceChildren(...precisionTable(model.anatomy));
    },
  };
}

function factRows(anatomy: Anatomy): [name: string, text: string | null][] {
  const { facts } = anatomy;
  const number = (value: number | null) => (value === null ? null : count(value));
  return [
    [l10n.t('Parameters'), count(anatomy.parameters)],
    [
      l10n.t('Format'),
      anatomy.format === 'config' ? l10n.t('from config.json, no file read') : FORMAT_NAMES[anatomy.format],
    ],
    [l10n.t('Class'), facts.class],
    [l10n.t('Architecture'), architecture(facts)],
    [l10n.t('Layers'), layers(facts)],
    [l10n.t('Hidden size'), number(facts.hiddenSize)],
    [l10n.t('Heads'), heads(facts)],
    [l10n.t('Feed-forward'), feedForward(facts)],
    [l10n.t('Vocabulary'), number(facts.vocabulary)],
    [l10n.t('Positions'), positions(facts)],
    [l10n.t('Activation'), facts.activation],
    [l10n.t('Norm'), norm(facts)],
    [l10n.t('Tied embeddings'), facts.tied === null ? null : facts.tied ? l10n.t('yes') : l10n.t('no')],
  ];
}

function architecture({ architecture: name, family }: ArchitectureFacts): string | null {
  const parts = [name, family && FAMILY_NAMES[family]].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

function layers(facts: ArchitectureFacts): string | null {
  if (facts.layers === null) return null;
  return facts.decoderLayers === null ? count(facts.layers) : `${facts.layers} + ${facts.decoderLayers}`;
}

function heads({ heads: all, keyValueHeads, headSize }: ArchitectureFacts): string | null {
  if (all === null) return null;
  const shared = keyValueHeads !== null && keyValueHeads !== all ? l10n.t` (${keyValueHeads} key/value)` : '';
  return `${all}${shared}${headSize === null ? '' : ` × ${headSize}`}`;
}

function feedForward({ feedForwardSize, experts }: ArchitectureFacts): string | null {
  if (!experts) return feedForwardSize === null ? null : count(feedForwardSize);
  const used = experts.used === null ? '' : l10n.t`, ${experts.used} used`;
  return l10n.t`${feedForwardSize === null ? '' : `${count(feedForwardSize)} × `}${experts.count} experts${used}`;
}

function positions({ positions: kind, maxTokens }: ArchitectureFacts): string | null {
  if (kind === null) return maxTokens === null ? null : count(maxTokens);
  const name = POSITION_NAMES[kind];
  return maxTokens === null ? name : `${name}, ${count(maxTokens)}`;
}

function norm({ norm: kind, normPlacement: place }: ArchitectureFacts): string | null {
  const parts = [kind && NORM_NAMES[kind], place && PLACE_NAMES[place]].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

function precisionTable({ precisions, bytes: total }: Anatomy): Node[] {
  const rows = precisions.slice(0, MAX_PRECISIONS).map((one) => {
    const share = total > 0 ? one.bytes / total : 0;
    return h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, one.dtype),
      h('td', { class: 'number' }, bytes(one.bytes)),
      h('td', { class: 'number' }, percent(share)),
      h('td', { class: 'bar-cell' }, bar(share)),
      h(
        'td',
        { class: 'number', title: count(one.parameters) },
        short(one.parameters),
        h('span', { class: 'wide-only' }, l10n.t(' parameters')),
      ),
    );
  });
  const caption = h('caption', {}, l10n.t('Size by precision'));
  return [h('table', { class: 'plain' }, caption, h('tbody', {}, ...rows))];
}

/** A bar that fills this part of its cell. */
export function bar(share: number, name = ''): HTMLElement {
  const fill = h('span', { class: `bar ${name}` });
  fill.style.width = `${Math.max(0, Math.min(100, 100 * share)).toFixed(2)}%`;
  return h('span', { class: 'track', attributes: { 'aria-hidden': 'true' } }, fill);
}
