import * as l10n from '@vscode/l10n';
import type { Family } from '../../shared/model';
import type { Cell, Column, Figure, Report, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import { sightFigure, sightWords } from './maps';
import { similarityFigure, stateLines, vectorFigure, vectorTable } from './stateFigures';
import type { ArchitecturesResult, ModelReading } from './types';

const FAMILY_NAMES: Record<Family, string> = {
  'encoder-only': l10n.t('encoder only'),
  'decoder-only': l10n.t('decoder only'),
  'encoder-decoder': l10n.t('encoder and decoder'),
};

/** Most telling first: what each may see, what it makes of the text, then the tensors and the cost. */
export function report({ readings }: ArchitecturesResult): Report {
  return {
    findings: findings(readings),
    parts: [
      ...readings.map(sightFigure),
      synthesis(readings),
      candidates(readings),
      ...readings.filter(({ fills }) => fills.length > 0).map(fillTable),
      ...readings.map(tokensFigure),
      shapes(readings),
      stateLines(readings, 'norms'),
      stateLines(readings, 'cosines'),
      ...readings.map(similarityFigure),
      vectorFigure(readings),
      vectorTable(readings),
      costs(readings),
    ],
  };
}

function findings(readings: readonly ModelReading[]): string[] {
  return [
    ...readings.map(
      (reading) =>
        l10n.t`${reading.facts.name} (${FAMILY_NAMES[reading.facts.family]}): each position sees ${sightWords(reading).join('; ')}. ${writes(reading)}`,
    ),
    ...readings.flatMap(({ facts, window }) =>
      window ? [l10n.t`${facts.name} read the first ${window.count} of ${window.total} tokens.`] : [],
    ),
  ];
}

/** On one line, with its line breaks to be seen. */
const quoted = (text: string): string => `“${text.replace(/^ +| +$/g, '').replaceAll('\n', '↵')}”`;

function writes({ facts, next, written, fills }: ModelReading): string {
  const best = next?.candidates[0];
  const expected = best
    ? `${quoted(best.text)} (${formatNumber(best.probability, 'percent')})`
    : l10n.t('nothing, for want of a language-model head');
  if (facts.family === 'encoder-only') {
    const right = fills.filter(({ prediction }) => prediction.asked?.rank === 0).length;
    const filled =
      fills.length > 0 ? l10n.t`; ${right} of ${fills.length} hidden tokens are found again` : '';
    return l10n.t`It has no decoder and writes nothing; at a mask behind the text it expects ${expected}${filled}.`;
  }
  return written
    ? l10n.t`It writes ${quoted(written.text)}; first it expects ${expected}.`
    : l10n.t`It writes nothing here; it expects ${expected}.`;
}

function synthesis(readings: readonly ModelReading[]): Table {
  const row = (label: string, of: (reading: ModelReading) => string): Cell[] => [label, ...readings.map(of)];
  return {
    kind: 'table',
    id: 'synthesis',
    title: l10n.t('In one view'),
    columns: [{ label: l10n.t('Property') }, ...readings.map(({ facts }) => ({ label: facts.name }))],
    rows: [
      row(l10n.t('Family'), ({ facts }) => FAMILY_NAMES[facts.family]),
      row(l10n.t('Each position sees'), (reading) => sightWords(reading).join('; ')),
      row(l10n.t('Predicts'), ({ facts }) => PREDICTS[facts.family]),
      row(l10n.t('Expects'), ({ next }) => {
        const best = next?.candidates[0];
        return best
          ? `${quoted(best.text)}, ${formatNumber(best.probability, 'percent')}`
          : l10n.t('no language-model head');
      }),
      row(l10n.t('Writes'), (reading) => writtenWords(reading)),
      row(l10n.t('Tokens of the text'), ({ stacks }) =>
        formatNumber(stacks[0]?.tokens.length ?? null, 'count'),
      ),
      row(l10n.t('Layers × heads'), ({ facts: { layers, decoderLayers, heads } }) =>
        decoderLayers === undefined ? `${layers} × ${heads}` : `${layers} + ${decoderLayers} × ${heads}`,
      ),
      row(l10n.t('Parameters'), ({ cost }) => formatNumber(cost.parameters, 'count')),
      row(l10n.t('Similarity of positions, last layer'), ({ stacks }) =>
        stacks.map(({ geometry }) => formatNumber(geometry.cosines.at(-1) ?? null, 3)).join(' and '),
      ),
      row(l10n.t('A run over the text'), ({ cost }) => l10n.t`${formatNumber(cost.runMs, 1)} ms`),
      row(l10n.t('A written token'), ({ written }) =>
        typeof written?.msPerToken === 'number' ? l10n.t`${formatNumber(written.msPerToken, 1)} ms` : '–',
      ),
    ],
  };
}

const PREDICTS: Record<Family, string> = {
  'encoder-only': l10n.t('the token at its own position, hidden by a mask, from both sides'),
  'decoder-only': l10n.t('the token after each position, from the left'),
  'encoder-decoder': l10n.t('the next token of a target, from the whole source and the target so far'),
};

function writtenWords({ facts, written }: ModelReading): string {
  if (facts.family === 'encoder-only')
    return l10n.t(
      'nothing: it has no decoder, and each of its positions already sees those that would come next',
    );
  if (!written) return l10n.t('nothing: no room, or no language-model head');
  const why = {
    end: l10n.t('it ended'),
    limit: l10n.t('stopped at the limit'),
    cancelled: l10n.t('stopped'),
  }[written.stopped];
  return l10n.t`${quoted(written.text)} (${formatNumber(written.tokens, 'count')} tokens, ${why})`;
}

function candidates(readings: readonly ModelReading[]): Table {
  const asked: Record<Family, string> = {
    'encoder-only': l10n.t('at a mask behind the text'),
    'decoder-only': l10n.t('next'),
    'encoder-decoder': l10n.t('first in the target'),
  };
  const most = Math.max(0, ...readings.map(({ next }) => next?.candidates.length ?? 0));
  return {
    kind: 'table',
    id: 'candidates',
    title: l10n.t('What comes next?'),
    note: l10n.t(
      'Softmax over the whole vocabulary. The encoder was never trained to go on: a mask at the end is as near as it comes.',
    ),
    columns: [
      { label: l10n.t('Rank'), format: 'count' },
      ...readings.flatMap(({ facts }): Column[] => [
        { label: `${facts.name}: ${asked[facts.family]}` },
        { label: l10n.t('Probability'), format: 'percent' },
      ]),
    ],
    rows: Array.from({ length: most }, (_, rank): Cell[] => [
      rank + 1,
      ...readings.flatMap(({ next }): Cell[] => {
        const one = next?.candidates[rank];
        return [one ? quoted(one.text) : '', one?.probability ?? null];
      }),
    ]),
  };
}

function fillTable({ facts, stacks, fills }: ModelReading): Table {
  return {
    kind: 'table',
    id: `fills-${facts.family}`,
    title: l10n.t`${facts.name}: one token hidden at a time`,
    note: l10n.t(
      'What an encoder does instead of writing: it fills a mask from both sides. Rank 1: it finds the hidden token.',
    ),
    columns: [
      { label: l10n.t('Position'), format: 'count' },
      { label: l10n.t('Hidden') },
      { label: l10n.t('Filled with') },
      { label: l10n.t('Probability'), format: 'percent' },
      { label: l10n.t('Of the hidden token'), format: 'percent' },
      { label: l10n.t('Its rank'), format: 'count' },
    ],
    rows: fills.map(
      ({
        position,
        prediction: {
          candidates: [best],
          asked,
        },
      }): Cell[] => [
        position,
        stacks[0]?.tokens[position]?.text ?? '',
        best?.text ?? '',
        best?.probability ?? null,
        asked?.probability ?? null,
        asked ? asked.rank + 1 : null,
      ],
    ),
  };
}

function tokensFigure({ facts, stacks: [source] }: ModelReading): Figure {
  return {
    kind: 'tokens',
    id: `tokens-${facts.family}`,
    title: l10n.t`Tokens of ${facts.name}: ${source?.tokens.length ?? 0}`,
    note: l10n.t('Color: cosine of its last hidden state with the mean over the text.'),
    size: 'third',
    value: { label: l10n.t('Cosine with the mean'), format: 2, min: 0, max: 1 },
    tokens: (source?.tokens ?? []).map(({ text, piece, segment, start, end, special }, i) => ({
      text: text || piece,
      value: source?.geometry.toMean[i] ?? null,
      ...(!special && { span: { segment, start, end } }),
    })),
  };
}

function shapes(readings: readonly ModelReading[]): Table {
  const columns = readings.flatMap(({ facts, stacks }) =>
    stacks.map(({ stack, stages }) => ({
      label: stacks.length > 1 ? `${facts.name}, ${stack}` : facts.name,
      shapes: new Map(stages.map(({ name, shape }) => [name, shape.join(' × ')])),
    })),
  );
  const all = readings.flatMap(({ stacks }) =>
    stacks.flatMap(({ stages }) => stages.map(({ name }) => name)),
  );
  const names = [...new Set(all)].sort((a, b) => stageOrder(a) - stageOrder(b));
  return {
    kind: 'table',
    id: 'shapes',
    title: l10n.t('Shapes at every stage'),
    note: l10n.t(
      'Of the tensors of this run. Ids: tokens. Hidden states: tokens × width. Attention: heads × queries × keys. Logits: tokens × vocabulary.',
    ),
    columns: [{ label: l10n.t('Stage') }, ...columns.map(({ label }) => ({ label }))],
    rows: names.map((name) => [name, ...columns.map((column) => column.shapes.get(name) ?? '–')]),
  };
}

/** Ids, embeddings, attention, layers by number, head. */
function stageOrder(name: string): number {
  const layer = /^After layer (\d+)$/.exec(name)?.[1];
  if (layer !== undefined) return 10 + Number(layer);
  return (
    [
      l10n.t('Token ids'),
      l10n.t('Embeddings'),
      l10n.t('Self-attention'),
      l10n.t('Cross-attention'),
    ].findIndex((start) => name.startsWith(start)) + 1 || 1e6
  );
}

function costs(readings: readonly ModelReading[]): Table {
  return {
    kind: 'table',
    id: 'costs',
    title: l10n.t('Time and memory, measured here'),
    note: l10n.t(
      'Run: median of up to five after a warm-up, keeping every attention weight and hidden state. Memory: of the inference process after this model; its peak is since it started, whatever ran in it. Opening: 0 where the model was open already.',
    ),
    columns: [
      { label: l10n.t('Model') },
      { label: l10n.t('Parameters'), format: 'count' },
      { label: l10n.t('Weights as stored'), format: 'bytes' },
      { label: l10n.t('Opening, ms'), format: 0 },
      { label: l10n.t('Run, ms'), format: 1 },
      { label: l10n.t('Runs'), format: 'count' },
      { label: l10n.t('Written token, ms'), format: 1 },
      { label: l10n.t('Tensors kept'), format: 'bytes' },
      { label: l10n.t('Process'), format: 'bytes' },
      { label: l10n.t('Its peak'), format: 'bytes' },
    ],
    rows: readings.map(({ facts, cost, written }): Cell[] => [
      facts.name,
      cost.parameters,
      cost.weightBytes,
      cost.openMs,
      cost.runMs,
      cost.runs,
      written?.msPerToken ?? null,
      cost.keptBytes,
      cost.residentBytes,
      cost.peakBytes,
    ]),
  };
}
