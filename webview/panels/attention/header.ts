import * as l10n from '@vscode/l10n';
import type { AttentionResult } from '../../../src/shared/attention';
import type { Family } from '../../../src/shared/model';
import { PROVIDER_NAMES } from '../../../src/shared/provider';
import { badge } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part, View } from './view';

const FAMILY_NAMES: Record<Family, string> = {
  'encoder-only': l10n.t('Encoder-only'),
  'decoder-only': l10n.t('Decoder-only'),
  'encoder-decoder': l10n.t('Encoder-decoder'),
};

/** The model, how large the input was and how long the run took. */
export function createHeader(actions: Actions): Part {
  const name = h('h1');
  const family = badge();
  const facts = h('p', { class: 'facts' });
  const choose = button(l10n.t('Choose Model'), 'secondary', () => actions.send('chooseModel', null));
  const changed = changeDetector();
  const element = h('header', { class: 'header' }, name, choose, facts);
  return {
    element,
    update({ snapshot: { result } }: View) {
      element.hidden = !result;
      if (!result || !changed(result)) return;
      setText(name, result.model.name);
      name.title = result.model.id;
      setText(family, FAMILY_NAMES[result.model.family]);
      facts.replaceChildren(family, ...factsOf(result).map(([text, title]) => h('span', { title }, text)));
    },
  };
}

function factsOf(result: AttentionResult): [text: string, title: string][] {
  const { model, tokens, target, timing, provider } = result;
  const ms = (value: number) => l10n.t`${count(Math.round(value))} ms`;
  const depth =
    model.decoderLayers === undefined ? `${model.layers}` : `${model.layers} + ${model.decoderLayers}`;
  const facts: [string, string][] = [
    [l10n.t`${depth} layers × ${model.heads} heads`, depthTitle(model.layers, model.decoderLayers)],
    [tokenCount(tokens.length), l10n.t('Tokens of the input, special tokens included')],
  ];
  if (target) {
    facts.push([
      l10n.t`${tokenCount(target.tokens.length)} in the target`,
      l10n.t('Tokens of the decoder’s input, start token included'),
    ]);
  }
  facts.push([
    provider
      ? l10n.t`ran in ${ms(timing.runMs)} on ${PROVIDER_NAMES[provider.used]}`
      : l10n.t`ran in ${ms(timing.runMs)}`,
    l10n.t`Opening the model ${ms(timing.openMs)}, tokenizing ${ms(timing.tokenizeMs)}, running ${ms(timing.runMs)}`,
  ]);
  if (provider?.refused) {
    const { provider: asked, reason } = provider.refused;
    facts.push([l10n.t`${PROVIDER_NAMES[asked]} cannot be used`, reason]);
  }
  return facts;
}

function depthTitle(layers: number, decoderLayers?: number): string {
  if (decoderLayers === undefined) return l10n.t('Layers and attention heads in each, counted from 0');
  return l10n.t`${layers} encoder layers and ${decoderLayers} decoder layers, counted from 0`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

function tokenCount(value: number): string {
  return value === 1 ? l10n.t('1 token') : l10n.t`${count(value)} tokens`;
}
