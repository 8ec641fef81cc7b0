import type { AttentionResult } from '../../../src/shared/attention';
import type { Family } from '../../../src/shared/model';
import { PROVIDER_NAMES } from '../../../src/shared/provider';
import { badge } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part, View } from './view';

const FAMILY_NAMES: Record<Family, string> = {
  'encoder-only': 'Encoder-only',
  'decoder-only': 'Decoder-only',
  'encoder-decoder': 'Encoder-decoder',
};

/** The model, how large the input was and how long the run took. */
export function createHeader(actions: Actions): Part {
  const name = h('h1');
  const family = badge();
  const facts = h('p', { class: 'facts' });
  const choose = button('Choose Model', 'secondary', () => actions.send('chooseModel', null));
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
  const ms = (value: number) => `${count(Math.round(value))} ms`;
  const depth =
    model.decoderLayers === undefined ? `${model.layers}` : `${model.layers} + ${model.decoderLayers}`;
  const facts: [string, string][] = [
    [`${depth} layers × ${model.heads} heads`, depthTitle(model.layers, model.decoderLayers)],
    [tokenCount(tokens.length), 'Tokens of the input, special tokens included'],
  ];
  if (target) {
    facts.push([
      `${tokenCount(target.tokens.length)} in the target`,
      'Tokens of the decoder’s input, start token included',
    ]);
  }
  facts.push([
    `ran in ${ms(timing.runMs)}${provider ? ` on ${PROVIDER_NAMES[provider.used]}` : ''}`,
    `Opening the model ${ms(timing.openMs)}, tokenizing ${ms(timing.tokenizeMs)}, running ${ms(timing.runMs)}`,
  ]);
  if (provider?.refused) {
    const { provider: asked, reason } = provider.refused;
    facts.push([`${PROVIDER_NAMES[asked]} cannot be used`, reason]);
  }
  return facts;
}

function depthTitle(layers: number, decoderLayers?: number): string {
  if (decoderLayers === undefined) return 'Layers and attention heads in each, counted from 0';
  return `${layers} encoder layers and ${decoderLayers} decoder layers, counted from 0`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

function tokenCount(value: number): string {
  return `${count(value)} ${value === 1 ? 'token' : 'tokens'}`;
}
