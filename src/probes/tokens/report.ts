import * as l10n from '@vscode/l10n';
import { mean } from '../../numeric/vectors';
import type { TermKind } from '../../shared/embeddings';
import type { Cell, Figure, Report, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import { makingTable, piecesText } from './makings';
import type { TokenizerReading, TokensResult } from './run';
import { visible } from './units';

const MOST_BARS = 64;
const LABEL = 36;
/** A thin space: ordinary ones are shown as signs. */
const GAP = '\u2009';

export function tokensReport(result: TokensResult): Report {
  const { readings, word, entrance, neighborhoods, map, similarity } = result;
  return {
    findings: findings(result),
    parts: [
      ...readings.map(cutFigure),
      tokenizerTable(result),
      ...(word ? readings.map((reading, i) => makingTable(reading, word.text, i)) : []),
      ...(entrance ? [entranceFigure(result, entrance), entranceTable(entrance)] : []),
      ...(neighborhoods.length > 0 ? [neighborTable(result)] : []),
      ...(map ? [mapFigure(result, map)] : []),
      ...(similarity ? similarityFigures(result, similarity) : []),
    ],
  };
}

const mainOf = ({ readings }: TokensResult) => readings[0]?.model ?? '';

function findings(result: TokensResult): string[] {
  const { readings, words, word } = result;
  const counts = readings.map(
    ({ model, tokens, algorithm }) => l10n.t`${UNITS.token(tokens)} with ${model} (${algorithm})`,
  );
  const lost = readings.filter(({ unknowns }) => unknowns > 0);
  return [
    l10n.t`${UNITS.word(words)} of text become ${listed(counts)}.`,
    ...(word
      ? [
          word.inText
            ? l10n.t`“${visible(word.text)}” becomes ${listed(
                readings.map(
                  ({ model, makings }) => `${piecesText(makings.flatMap(({ pieces }) => pieces))} (${model})`,
                ),
              )}.`
            : l10n.t`“${visible(word.text)}”, which is not in the text, becomes ${listed(
                readings.map(
                  ({ model, makings }) => `${piecesText(makings.flatMap(({ pieces }) => pieces))} (${model})`,
                ),
              )}.`,
        ]
      : []),
    ...lost.map(({ model, unknowns }) =>
      unknowns === 1
        ? l10n.t`${model} has no piece for some of the characters: ${UNITS.token(unknowns)} of the text is “unknown” to it, and what stood there is lost.`
        : l10n.t`${model} has no piece for some of the characters: ${UNITS.token(unknowns)} of the text are “unknown” to it, and what stood there is lost.`,
    ),
    ...entranceFinding(result),
    ...neighborFinding(result),
    ...similarityFinding(result),
  ];
}

function entranceFinding(result: TokensResult): string[] {
  const { entrance } = result;
  if (!entrance)
    return [l10n.t`The file of ${mainOf(result)} does not show what is added up before its first layer.`];
  const { terms, width } = entrance.layer;
  if (terms.length === 1) {
    return [
      l10n.t`The token embedding alone (${width} numbers a token) enters the first layer of ${mainOf(result)}: it learns positions inside its attention.`,
    ];
  }
  const shares = terms.map(({ kind, shares: own }) => `${kind} ${formatNumber(mean(own), 'percent')}`);
  return [
    l10n.t`What enters the first layer of ${mainOf(result)}, on average over the tokens: ${listed(shares)}.`,
  ];
}

function neighborFinding({ neighborhoods }: TokensResult): string[] {
  const strongest = [...neighborhoods].sort(
    (a, b) => (b.nearest[0]?.cosine ?? 0) - (a.nearest[0]?.cosine ?? 0),
  )[0];
  const near = strongest?.nearest[0];
  if (!strongest || !near) return [];
  return [
    l10n.t`The nearest token to “${visible(strongest.text)}” in the whole vocabulary is “${visible(near.text)}”: cosine ${formatNumber(near.cosine, 2)}, where all others have ${formatNumber(strongest.mean, 2)} ± ${formatNumber(strongest.deviation, 2)}.`,
  ];
}

function similarityFinding({ similarity }: TokensResult): string[] {
  if (!similarity) return [];
  const { sentences, last, embeddings } = similarity;
  const count = sentences.length;
  const pairs = sentences.flatMap((_, i) =>
    sentences.slice(0, i).map((_one, j) => ({ i, j, at: i * count + j })),
  );
  const valueOf = (values: number[], at: number) => values[at] ?? 0;
  const [best] = [...pairs].sort((a, b) => valueOf(last, b.at) - valueOf(last, a.at));
  if (!best) return [];
  const average = mean(pairs.map(({ at }) => valueOf(last, at)));
  return [
    l10n.t`The sentences ${best.j + 1} and ${best.i + 1} are most alike after the last layer: cosine ${formatNumber(valueOf(last, best.at), 2)} (all pairs: ${formatNumber(average, 2)} on average; by the words alone this pair has ${formatNumber(valueOf(embeddings, best.at), 2)}).`,
  ];
}

const CHIPS = l10n.t(
  'Color: into how many tokens the word is cut. ×2, ×3…: so many tokens for these characters, none of them a whole one. ? marks what the vocabulary has no piece for; special tokens and spaces have no color.',
);

function cutFigure(reading: TokenizerReading, index: number): Figure {
  const { model, units, more, algorithm } = reading;
  return {
    kind: 'tokens',
    id: `tokens-${index}`,
    title: l10n.t`${model}: ${UNITS.token(reading.tokens)} by ${algorithm}`,
    note: [
      index === 0 ? CHIPS : '',
      more > 0 ? l10n.t`${formatNumber(more, 'count')} more are not shown.` : '',
    ]
      .join(' ')
      .trim(),
    value: { label: l10n.t('Tokens of its word'), format: 'count', min: 1 },
    tokens: units.map(({ text, ids, special, unknown, cut, span }) => ({
      text: `${text}${ids.length > 1 ? `${GAP}×${ids.length}` : ''}${unknown ? `${GAP}?` : ''}`,
      value: special ? null : cut,
      ...(span && { span }),
    })),
  };
}

const BYTES = { alphabet: l10n.t('all text is spelled in bytes'), fallback: l10n.t('as bytes') };

function tokenizerTable({ readings, words, characters, bytes }: TokensResult): Table {
  return {
    kind: 'table',
    id: 'tokenizers',
    title: l10n.t('The tokenizers side by side'),
    note: l10n.t`The text has ${UNITS.word(words)} (signs count as words), ${UNITS.character(characters)} and ${UNITS.byte(bytes)}. Fertility: tokens a word; 1 would be a vocabulary of whole words. Special tokens are counted by themselves.`,
    columns: [
      { label: l10n.t('Model') },
      { label: l10n.t('Algorithm') },
      { label: l10n.t('Vocabulary'), format: 'count' },
      { label: l10n.t('Tokens'), format: 'count' },
      { label: l10n.t('Special'), format: 'count' },
      { label: l10n.t('Fertility'), format: 2 },
      { label: l10n.t('Characters a token'), format: 2 },
      { label: l10n.t('Bytes a token'), format: 2 },
      { label: l10n.t('Words cut up'), format: 'percent' },
      { label: l10n.t('Unknown'), format: 'count' },
      { label: l10n.t('Less than a character'), format: 'count' },
      { label: l10n.t('Characters it has no piece for') },
    ],
    rows: readings.map((one): Cell[] => [
      one.model,
      one.algorithm,
      one.vocabulary,
      one.tokens,
      one.special,
      ratio(one.tokens, words),
      ratio(characters, one.tokens),
      ratio(bytes, one.tokens),
      ratio(one.cutWords, words),
      one.unknowns,
      one.partial,
      one.bytes ? BYTES[one.bytes] : l10n.t`become ${one.unknown ?? l10n.t('nothing')}`,
    ]),
  };
}

const TERMS: Record<TermKind, string> = {
  token: l10n.t('Token'),
  position: l10n.t('Position'),
  segment: l10n.t('Segment'),
};

type Entrance = NonNullable<TokensResult['entrance']>;

function entranceFigure(result: TokensResult, { tokens, layer }: Entrance): Figure {
  const shown = tokens.slice(0, MOST_BARS);
  const left = tokens.length - shown.length;
  return {
    kind: 'bar',
    id: 'entrance',
    title: l10n.t`What enters the first layer of ${mainOf(result)}`,
    note:
      l10n.t(
        'Share of a term: its product with the sum, over the sum’s squared length; the shares of a token add up to 1, and one below 0 works against the others.',
      ) + (left > 0 ? l10n.t` The first ${MOST_BARS} tokens; the table below has all.` : ''),
    categories: shown.map(({ text }, i) => `${i} ${visible(text)}`),
    category: { label: l10n.t('Token') },
    value: { label: l10n.t('Share of the sum'), format: 'percent' },
    series: layer.terms.map(({ kind, shares }) => ({
      name: TERMS[kind],
      values: shares.slice(0, MOST_BARS),
    })),
    stacked: true,
  };
}

function entranceTable({ tokens, layer }: Entrance): Table {
  const { terms, sums, entering, isChanged, difference, width } = layer;
  return {
    kind: 'table',
    id: 'entrance-numbers',
    title: l10n.t('The terms in numbers'),
    note:
      l10n.t`Lengths of vectors of ${width} numbers, from the model’s own graph for this text. ` +
      (difference === null
        ? ''
        : l10n.t`The terms add up to the model’s own sum; the largest difference in any number is ${formatNumber(difference, 'significant')}. `) +
      (isChanged
        ? l10n.t('Before it enters the layer the sum goes through a norm or a projection.')
        : l10n.t('The sum enters the layer as it is.')),
    columns: [
      { label: l10n.t('Position'), format: 'count' },
      { label: l10n.t('Token') },
      ...terms.flatMap(({ kind }) => [
        { label: l10n.t`${TERMS[kind]}: length`, format: 3 as const },
        { label: l10n.t('Share'), format: 'percent' as const },
        { label: l10n.t('Cosine to the sum'), format: 3 as const },
      ]),
      { label: l10n.t('Sum: length'), format: 3 },
      { label: l10n.t('Enters the layer: length'), format: 3 },
    ],
    rows: tokens.map(({ text }, i): Cell[] => [
      i,
      visible(text),
      ...terms.flatMap(({ norms, shares, cosines }) => [
        norms[i] ?? null,
        shares[i] ?? null,
        cosines[i] ?? null,
      ]),
      sums[i] ?? null,
      entering[i] ?? null,
    ]),
  };
}

function neighborTable(result: TokensResult): Table {
  const { neighborhoods, word } = result;
  const most = Math.max(...neighborhoods.map(({ nearest }) => nearest.length));
  return {
    kind: 'table',
    id: 'neighbors',
    title: l10n.t`Nearest token embeddings in ${mainOf(result)}, for the tokens of “${visible(word?.text ?? '')}”`,
    note: l10n.t`Cosine over the whole vocabulary. All others: ${neighborhoods
      .map(
        ({ text, mean: average, deviation }) =>
          `“${visible(text)}” ${formatNumber(average, 2)} ± ${formatNumber(deviation, 2)}`,
      )
      .join(', ')} (mean ± standard deviation).`,
    columns: [
      { label: l10n.t('Rank'), format: 'count' },
      ...neighborhoods.flatMap(({ text }) => [
        { label: l10n.t`Near “${visible(text)}”` },
        { label: l10n.t('Cosine'), format: 3 as const },
      ]),
    ],
    rows: Array.from({ length: most }, (_, rank): Cell[] => [
      rank + 1,
      ...neighborhoods.flatMap(({ nearest }): Cell[] => [
        visible(nearest[rank]?.text ?? ''),
        nearest[rank]?.cosine ?? null,
      ]),
    ]),
  };
}

function mapFigure(
  result: TokensResult,
  { points, explained, labels, own }: NonNullable<TokensResult['map']>,
): Figure {
  const all = points.map(([x, y], i) => ({ x, y, label: visible(labels[i] ?? '') }));
  const [first, second] = explained.map((part) => formatNumber(part, 'percent'));
  return {
    kind: 'scatter',
    id: 'map',
    title: l10n.t`Token embeddings of ${mainOf(result)} on their two main axes`,
    note: l10n.t`Principal components of these ${points.length} embeddings: the axes hold ${String(first)} and ${String(second)} of their variance, so most distances are not in the picture.`,
    x: { label: l10n.t`First component (${String(first)})`, format: 2 },
    y: { label: l10n.t`Second component (${String(second)})`, format: 2 },
    series: [
      { name: l10n.t('in the text'), points: all.slice(0, own) },
      { name: l10n.t('near the word'), points: all.slice(own) },
    ].filter(({ points: some }) => some.length > 0),
  };
}

function similarityFigures(
  result: TokensResult,
  similarity: NonNullable<TokensResult['similarity']>,
): Figure[] {
  const { sentences, embeddings, last } = similarity;
  const labels = sentences.map((sentence, i) => `${i + 1} ${short(visibleLine(sentence))}`);
  const figure = (id: string, title: string, note: string, values: number[]): Figure => ({
    kind: 'heatmap',
    ...{ id, title, note },
    rows: labels,
    columns: labels.map((_, i) => String(i + 1)),
    row: { label: l10n.t('Sentence') },
    column: { label: l10n.t('Sentence') },
    values,
    value: { label: l10n.t('Cosine'), format: 2, max: 1 },
  });
  return [
    figure(
      'similarity',
      l10n.t`Sentences by ${mainOf(result)}’s last layer`,
      l10n.t(
        'Cosine of the means of the last hidden states over a sentence’s tokens, special ones included. Each sentence is read by itself.',
      ),
      last,
    ),
    figure(
      'similarity-words',
      l10n.t('The same sentences by their words alone'),
      l10n.t(
        'Cosine of the means of the token embeddings: no order, no context. What the layers added is the difference to the figure above.',
      ),
      embeddings,
    ),
  ];
}

/** Sentences are read as sentences: only what is no space becomes a sign. */
const visibleLine = (text: string) => visible(text).replaceAll('␣', ' ');

function short(text: string): string {
  const characters = [...text];
  return characters.length > LABEL ? `${characters.slice(0, LABEL - 1).join('')}…` : text;
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

const UNITS = {
  token: (count: number) =>
    count === 1 ? l10n.t('1 token') : l10n.t`${formatNumber(count, 'count')} tokens`,
  word: (count: number) => (count === 1 ? l10n.t('1 word') : l10n.t`${formatNumber(count, 'count')} words`),
  character: (count: number) =>
    count === 1 ? l10n.t('1 character') : l10n.t`${formatNumber(count, 'count')} characters`,
  byte: (count: number) => (count === 1 ? l10n.t('1 byte') : l10n.t`${formatNumber(count, 'count')} bytes`),
};

function listed(parts: readonly string[]): string {
  return parts.length < 2
    ? (parts[0] ?? '')
    : l10n.t`${parts.slice(0, -1).join(', ')} and ${String(parts.at(-1))}`;
}
