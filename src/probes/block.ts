import * as l10n from '@vscode/l10n';
import type { Anatomy, ArchitectureFacts } from '../shared/anatomy';
import type { Inference } from '../shared/inference';
import type { Family } from '../shared/model';
import type { DrawnModel } from './block/boxes';
import { withoutModules } from './block/boxes';
import type { Part } from './block/costs';
import { partsOf } from './block/costs';
import type { Measured } from './block/measure';
import { measure } from './block/measure';
import { report } from './block/report';
import {
  defineProbe,
  type ProbeContext,
  type ProbeMachine,
  type ProbeRequest,
  type SettingsOf,
} from './probe';

const FIELDS = {
  model: {
    kind: 'model',
    label: l10n.t('Model'),
    default: '',
    known: true,
    help: l10n.t(
      'A model on this machine or a well-known name such as bert-base-uncased: its config is enough for all but what a text does in it.',
    ),
  },
  length: {
    kind: 'number',
    label: l10n.t('Length'),
    default: 256,
    min: 1,
    max: 131_072,
    integer: true,
    slider: 'log',
    unit: l10n.t('tokens'),
    help: l10n.t('Of the text that multiply-adds are counted for.'),
  },
  diagrams: {
    kind: 'choice',
    label: l10n.t('Diagrams'),
    default: 'own',
    options: [
      { value: 'own', label: l10n.t('This model') },
      { value: 'families', label: l10n.t('One of each family') },
    ],
  },
} as const;

export type BlockSettings = SettingsOf<typeof FIELDS>;

export interface BlockResult {
  /** The model's diagram first, then those of the other families. */
  drawn: DrawnModel[];
  facts: Pick<
    ArchitectureFacts,
    | 'hiddenSize'
    | 'feedForwardSize'
    | 'layers'
    | 'decoderLayers'
    | 'activation'
    | 'norm'
    | 'normPlacement'
    | 'tied'
    | 'maxTokens'
  >;
  parts: Part[];
  /** Where diagram and sizes come from. */
  source: 'graph' | 'weights' | 'config';
  measured: Measured | { why: string };
}

/** The block that transformers repeat: what is in it, what it costs, and what its feed-forward network does with a text. */
export const block = defineProbe({
  id: 'block',
  title: l10n.t('Feed-Forward and the Block'),
  topic: 'Architecture',
  summary: l10n.t(
    'The block that a model repeats: its diagram, where its weights and multiply-adds are, and which neurons a text wakes.',
  ),
  shows: l10n.t(
    'The model’s own architecture as a diagram, drawn from its graph or its config; how parameters and multiply-adds are shared by attention, feed-forward networks, embeddings and head; the activation function that the graph computes; and on the text, how many neurons take part and how much each sub-layer adds to the residual stream.',
  ),
  look: l10n.t(
    'Where the norms are: before each sub-layer or behind the sum. The feed-forward network usually has twice the weights of attention, but attention’s part of the work grows with the square of the length: move the slider. ReLU leaves most neurons at exactly zero; GELU and SiLU leave them small.',
  ),
  limits: l10n.t(
    'A neuron that is above zero need not matter for the result, and one below may. A large addition to the stream may be undone by the next layer. Multiply-adds count matrices only, masked pairs included, as exported graphs compute them: a runtime with fused or cached attention does less.',
  ),
  links: [
    { label: l10n.t('Vaswani et al. 2017: the block, section 3'), href: 'https://arxiv.org/abs/1706.03762' },
    { label: l10n.t('Xiong et al. 2020: norms before or behind'), href: 'https://arxiv.org/abs/2002.04745' },
    { label: l10n.t('Hendrycks and Gimpel 2016: GELU'), href: 'https://arxiv.org/abs/1606.08415' },
    { label: l10n.t('Shazeer 2020: gated networks, SwiGLU'), href: 'https://arxiv.org/abs/2002.05202' },
    {
      label: l10n.t('Geva et al. 2020: feed-forward layers as memories'),
      href: 'https://arxiv.org/abs/2012.14913',
    },
    { label: l10n.t('Li et al. 2022: how few neurons are active'), href: 'https://arxiv.org/abs/2210.06313' },
  ],
  input: 'text',
  sample: 'The small cat sat on the old mat and looked at the rain.',
  live: true,
  fields: FIELDS,
  run,
  report,
});

async function run(
  inference: Inference,
  { segments, settings }: ProbeRequest<BlockSettings>,
  { signal, onProgress, machine }: ProbeContext<BlockResult>,
): Promise<BlockResult> {
  onProgress?.(l10n.t('Reading the model'), 0.1);
  const own = await read(settings.model, machine);
  const drawn = [await draw(own, settings.model)];
  if (settings.diagrams === 'families') drawn.push(...(await others(own.facts.family, machine)));
  const source = own.graphs.length > 0 ? 'graph' : own.format === 'config' ? 'config' : 'weights';
  onProgress?.(l10n.t('Running the text'), 0.4);
  const measured =
    source === 'graph'
      ? await measure(inference, settings.model, segments, signal)
      : { why: l10n.t`Only the ${source} of this model can be read, so no text can be run in it.` };
  const { hiddenSize, feedForwardSize, layers, decoderLayers, activation } = own.facts;
  const { norm, normPlacement, tied, maxTokens } = own.facts;
  const facts = {
    hiddenSize,
    feedForwardSize,
    layers,
    decoderLayers,
    activation,
    norm,
    normPlacement,
    tied,
    maxTokens,
  };
  return { drawn, facts, parts: partsOf(own), source, measured };
}

async function read(name: string, { places }: ProbeMachine): Promise<Anatomy> {
  const { requireAnatomy } = await import('../anatomy/find');
  return requireAnatomy(name, places);
}

async function draw(anatomy: Anatomy, reference: string): Promise<DrawnModel> {
  const { blockDiagram } = await import('../anatomy/blocks');
  const { name, parameters, facts, graphs } = anatomy;
  const diagram = withoutModules(blockDiagram(anatomy));
  return { name, reference, family: facts.family, runs: graphs.length > 0, parameters, diagram };
}

/** The models that the families are named after. */
const FAMILIES: Record<Family, string> = {
  'encoder-only': 'bert-base-uncased',
  'decoder-only': 'gpt2',
  'encoder-decoder': 't5-small',
};

async function others(family: Family | null, machine: ProbeMachine): Promise<DrawnModel[]> {
  const names = Object.entries(FAMILIES).flatMap(([one, name]) => (one === family ? [] : [name]));
  return Promise.all(names.map(async (name) => draw(await read(name, machine), name)));
}
