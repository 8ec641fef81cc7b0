import * as l10n from '@vscode/l10n';
import { dot, norm, normalized } from '../../numeric/vectors';
import type {
  Answering,
  Classification,
  Embeddings,
  LabelScore,
  NamedVector,
  SentencePooling,
  Tagging,
  TasksResult,
} from '../../shared/tasks';
import type {
  Cell,
  Column,
  HeatmapFigure,
  Report,
  ReportAction,
  ReportPart,
  Table,
  TokenValue,
} from '../../shared/report';
import { inSentence } from '../../shared/language';
import { formatNumber } from '../../shared/report';
import type { Token } from '../../shared/tokens';
import { onText } from '../explain/report';
import { MODELS_WITH_HEADS, TASK_NAMES } from './detect';
import { pairwise } from './vectors';

const MOST_LABELS = 30;
const MOST_DIMENSIONS = 6;
const MOST_PAIRS = 40;

const percent = (value: number) => formatNumber(value, 'percent');

/** What the head said, on what it rests, and the vectors that it saw. */
export function tasksReport(result: TasksResult): Report {
  const { reading } = result;
  return {
    findings: [...headLines(result), ...readingLines(result), ...cutLine(result)],
    parts: [
      ...readingParts(result),
      headTable(result),
      ...(reading.task === 'embeddings' ? [modelTable()] : []),
    ],
    actions: next(result),
  };
}

function next({ head, model }: TasksResult): ReportAction[] {
  if (head === null)
    return [{ kind: 'probe', label: l10n.t('Train a head on your sentences'), probe: 'transfer' }];
  return head === 'classification'
    ? [
        {
          kind: 'probe',
          label: l10n.t('Explain its label by every method'),
          probe: 'explain',
          settings: { model },
        },
      ]
    : [];
}

function readingLines(result: TasksResult): string[] {
  const { reading } = result;
  switch (reading.task) {
    case 'classification':
      return classLines(reading);
    case 'token-classification':
      return entityLines(reading);
    case 'question-answering':
      return answerLines(reading);
    case 'embeddings':
      return similarLines(reading);
  }
}

function readingParts(result: TasksResult): ReportPart[] {
  const { reading, tokens } = result;
  switch (reading.task) {
    case 'classification':
      return classParts(reading);
    case 'token-classification':
      return taggingParts(reading, tokens);
    case 'question-answering':
      return answerParts(reading, tokens);
    case 'embeddings':
      return embeddingParts(reading);
  }
}

function headLines({ name, head, isDetected, reading }: TasksResult): string[] {
  if (head === null) {
    return [
      l10n.t`“${name}” has no head for a task: its hidden states are shown as sentence embeddings. The last table names models that have one; the probe Transfer Learning trains one on your own sentences.`,
    ];
  }
  const taken =
    isDetected || reading.task === head
      ? ''
      : l10n.t` Shown as asked: ${inSentence(TASK_NAMES[reading.task])}.`;
  return [l10n.t`“${name}” has a head for this: ${inSentence(TASK_NAMES[head])}.${taken}`];
}

function cutLine({ cutFrom, tokens }: TasksResult): string[] {
  return cutFrom === null
    ? []
    : [
        l10n.t`The text has ${formatNumber(cutFrom, 'count')} tokens, more than the model takes: the first ${formatNumber(tokens.length, 'count')} were read.`,
      ];
}

function classLines({ labels, scores, sentences }: Classification): string[] {
  const [first, second] = labels;
  if (!first) return [];
  const value = scores === 'none' ? formatNumber(first.logit) : percent(first.score);
  const next =
    second && scores === 'softmax' ? l10n.t`, then “${second.label}” with ${percent(second.score)}` : '';
  const above = labels.filter(({ score }) => score >= 0.5).length;
  const several = scores === 'sigmoid' ? [l10n.t`${above} of ${labels.length} labels reach 50 %.`] : [];
  const others = sentences.filter(({ best }) => best.id !== first.id).length;
  const apart =
    sentences.length > 0
      ? [
          l10n.t`By themselves ${others} of ${sentences.length} sentences get another label than the whole text.`,
        ]
      : [];
  return [l10n.t`The text is “${first.label}” with ${value}${next}.`, ...several, ...apart];
}

function classParts(reading: Classification): ReportPart[] {
  const { labels, scores, moved, sentences, vector } = reading;
  const shown = labels.slice(0, MOST_LABELS);
  const label = scores === 'none' ? l10n.t('Value') : l10n.t('Probability');
  const format = scores === 'none' ? ('significant' as const) : ('percent' as const);
  const named = [
    ...(vector ? [{ name: l10n.t('The whole text'), values: vector }] : []),
    ...sentences
      .filter((one) => one.vector.length > 0)
      .map(({ text, vector: values }) => ({ name: text, values })),
  ];
  return [
    {
      kind: 'bar',
      id: 'labels',
      title: l10n.t('Labels of the text'),
      note: FUNCTION_NOTES[scores],
      categories: shown.map((one) => one.label),
      category: { label: l10n.t('Label') },
      value: { label, format, ...(scores !== 'none' && { min: 0, max: 1 }) },
      series: [{ name: label, values: shown.map(({ score }) => score) }],
      horizontal: true,
    },
    ...(moved?.scores ?? []).map((score) => ({
      ...onText(score, moved?.tokens ?? []),
      title: l10n.t`Which tokens moved “${moved?.prediction.chosen.label ?? ''}”: ${METHODS[score.method] ?? score.method}`,
    })),
    labelTable(labels),
    ...(sentences.length > 0 ? [sentenceTable(reading)] : []),
    ...vectorParts(named, l10n.t('The vector that the head saw')),
  ];
}

const METHODS: Partial<Record<string, string>> = {
  occlusion: l10n.t('left out one by one'),
  'integrated-gradients': 'integrated gradients',
};

const FUNCTION_NOTES: Record<Classification['scores'], string> = {
  softmax: l10n.t('Softmax over the labels: they compete, and sum to 1.'),
  sigmoid: l10n.t('Sigmoid of each label: any number of them can be true.'),
  none: l10n.t('Regression: the value itself.'),
};

function labelTable(labels: readonly LabelScore[]): Table {
  return {
    kind: 'table',
    id: 'all-labels',
    title: l10n.t('Every label'),
    columns: [
      { label: l10n.t('Label') },
      { label: l10n.t('Logit'), format: 4 },
      { label: l10n.t('Score'), format: 4 },
    ],
    rows: labels.map(({ label, logit, score }) => [label, logit, score]),
  };
}

function sentenceTable({ sentences, scores }: Classification): Table {
  return {
    kind: 'table',
    id: 'sentences',
    title: l10n.t('Each sentence by itself'),
    columns: [
      { label: l10n.t('Sentence') },
      { label: l10n.t('Label') },
      { label: l10n.t('Score'), format: scores === 'none' ? 'significant' : 'percent' },
    ],
    rows: sentences.map(({ text, best }) => [text, best.label, best.score]),
  };
}

function entityLines({ entities, tokens }: Tagging): string[] {
  if (entities.length === 0) return [l10n.t`None of ${tokens.length} tokens belongs to an entity.`];
  const counts = new Map<string, number>();
  for (const { label } of entities) counts.set(label, (counts.get(label) ?? 0) + 1);
  const kinds = [...counts].map(([label, count]) => `${label}: ${count}`).join(', ');
  const least = [...entities].sort((a, b) => a.score - b.score)[0];
  const doubt = least
    ? l10n.t` The least certain is “${least.text}” (${least.label}, ${percent(least.score)}).`
    : '';
  return [l10n.t`${entities.length} entities in ${tokens.length} tokens (${kinds}).${doubt}`];
}

function taggingParts(
  { tokens: tagged, entities, aggregation }: Tagging,
  tokens: readonly Token[],
): ReportPart[] {
  const names = [...new Set(tagged.flatMap(({ labels }) => labels.map(({ label }) => label)))];
  const scoreOf = (labels: readonly LabelScore[], name: string) =>
    labels.find(({ label }) => label === name)?.score ?? null;
  const outside = names.includes('O');
  const byToken = new Map(tagged.map((one) => [one.index, one.labels]));
  const parts: ReportPart[] = [
    {
      kind: 'tokens',
      id: 'tagged',
      title: outside
        ? l10n.t('How far each token belongs to an entity')
        : l10n.t('How certain each label is'),
      note: outside
        ? l10n.t('One minus the probability of “O”, the label of what is no entity.')
        : l10n.t('The probability of the likeliest label.'),
      value: { label: l10n.t('Probability'), format: 'percent', min: 0, max: 1 },
      tokens: valued(tokens, (i) => {
        const labels = byToken.get(i);
        if (!labels) return null;
        return outside ? 1 - (scoreOf(labels, 'O') ?? 0) : (labels[0]?.score ?? null);
      }),
    },
    {
      kind: 'table',
      id: 'entities',
      title: l10n.t('Entities'),
      note: AGGREGATION_NOTES[aggregation],
      columns: [
        { label: l10n.t('Text') },
        { label: l10n.t('Entity') },
        { label: l10n.t('Score'), format: 'percent' },
        { label: l10n.t('From'), format: 'count', note: l10n.t('First character, from 0') },
        { label: l10n.t('To'), format: 'count', note: l10n.t('Character after the last') },
      ],
      rows: entities.map(({ text, label, score, start, end }) => [text, label, score, start, end]),
    },
    taggedTable(tagged, tokens),
  ];
  return names.length > MOST_LABELS ? parts : [...parts, labelMap(tagged, tokens, names.sort())];
}

const AGGREGATION_NOTES: Record<Tagging['aggregation'], string> = {
  simple: l10n.t(
    'Neighboring tokens of one kind are joined; B- begins another entity. The score is their mean.',
  ),
  first: l10n.t('Words are joined; a word has the label of its first token.'),
  average: l10n.t('Words are joined; a word has the label with the largest mean over its tokens.'),
  max: l10n.t('Words are joined; a word has the label of its most certain token.'),
};

function taggedTable(tagged: Tagging['tokens'], tokens: readonly Token[]): Table {
  const columns: Column[] = [
    { label: l10n.t('Position'), format: 'count' },
    { label: l10n.t('Token') },
    ...[l10n.t('Label'), l10n.t('Next')].flatMap((label) => [
      { label },
      { label: l10n.t('Probability'), format: 'percent' as const },
    ]),
  ];
  const cells = (one: LabelScore | undefined): Cell[] => (one ? [one.label, one.score] : [null, null]);
  return {
    kind: 'table',
    id: 'tokens-labels',
    title: l10n.t('Labels of every token'),
    columns,
    rows: tagged.map(({ index, labels: [first, second] }) => [
      index,
      nameOf(tokens[index]),
      ...cells(first),
      ...cells(second),
    ]),
  };
}

function labelMap(
  tagged: Tagging['tokens'],
  tokens: readonly Token[],
  names: readonly string[],
): HeatmapFigure {
  return {
    kind: 'heatmap',
    id: 'token-labels',
    title: l10n.t('Every token against every label'),
    rows: tagged.map(({ index }) => `${index} ${nameOf(tokens[index])}`),
    columns: [...names],
    row: { label: l10n.t('Token') },
    column: { label: l10n.t('Label') },
    value: { label: l10n.t('Probability'), format: 'percent', min: 0, max: 1 },
    values: tagged.flatMap(({ labels }) =>
      names.map((name) => labels.find(({ label }) => label === name)?.score ?? null),
    ),
  };
}

function answerLines({ question, spans, impossible }: Answering): string[] {
  const [best] = spans;
  const lines = [
    best
      ? l10n.t`“${question}”: “${best.text}” with ${percent(best.score)}.`
      : l10n.t`“${question}”: the text has no token that could answer.`,
  ];
  if (impossible !== null && best) {
    lines.push(
      impossible > best.score
        ? l10n.t`That the text has no answer gets ${percent(impossible)}: more than the best span. It means something only for models that were trained with such questions.`
        : l10n.t`That the text has no answer gets ${percent(impossible)}: less than the best span. It means something only for models that were trained with such questions.`,
    );
  }
  return lines;
}

function answerParts(reading: Answering, tokens: readonly Token[]): ReportPart[] {
  const { start, end, startLogits, endLogits, spans, impossible } = reading;
  const places = tokens.flatMap((_, i) => (start[i] === null ? [] : [i]));
  const value = { label: l10n.t('Probability'), format: 'percent' as const, min: 0 };
  const onTokens = (id: string, title: string, values: Answering['start']): ReportPart => ({
    ...{ kind: 'tokens', id, title, value },
    tokens: answerTokens(tokens, values),
  });
  const columns: Column[] = [
    { label: l10n.t('Answer') },
    { label: l10n.t('Probability'), format: 'percent', note: l10n.t('Of the start times of the end') },
    { label: l10n.t('First token'), format: 'count' },
    { label: l10n.t('Last token'), format: 'count' },
    { label: l10n.t('Start logit'), format: 3 },
    { label: l10n.t('End logit'), format: 3 },
  ];
  const rows = spans.map(({ text, score, from, to }): Cell[] => [
    ...[text, score, from, to],
    startLogits[from] ?? null,
    endLogits[to] ?? null,
  ]);
  const none: Cell[][] =
    impossible === null ? [] : [[l10n.t('(no answer: [CLS])'), impossible, null, null, null, null]];
  return [
    { kind: 'table', id: 'spans', title: l10n.t('The best answers'), columns, rows: [...rows, ...none] },
    onTokens(l10n.t('starts'), l10n.t('Where an answer starts'), start),
    onTokens(l10n.t('ends'), l10n.t('Where an answer ends'), end),
    {
      kind: 'bar',
      id: 'start-end',
      title: l10n.t('Start and end of the answer, token by token'),
      note: l10n.t(
        'Softmax over the tokens of the text and the first token; the question’s tokens are left out.',
      ),
      categories: places.map((i) => `${i} ${nameOf(tokens[i])}`),
      category: { label: l10n.t('Token') },
      value,
      series: [
        { name: l10n.t('Start'), values: places.map((i) => start[i] ?? null) },
        { name: l10n.t('End'), values: places.map((i) => end[i] ?? null) },
      ],
    },
  ];
}

/** Of the question and the text only what may answer is colored; offsets count in the text, which follows the question. */
function answerTokens(tokens: readonly Token[], values: Answering['start']): TokenValue[] {
  return tokens.map((token, i) => ({
    text: nameOf(token),
    value: values[i] ?? null,
    ...(!token.special &&
      token.segment > 0 && { span: { segment: token.segment - 1, start: token.start, end: token.end } }),
  }));
}

function similarLines({ vectors, similarity, normalized }: Embeddings): string[] {
  const pairs = pairsOf(vectors, similarity);
  const [most] = pairs;
  const least = pairs.at(-1);
  if (!most || !least) return [l10n.t('One sentence has nothing to be compared with: give two or more.')];
  const measure = normalized ? l10n.t('Cosines') : l10n.t('Dot products');
  return [
    l10n.t`${measure} of ${vectors.length} sentences run from ${formatNumber(least.value, 3)} to ${formatNumber(most.value, 3)}.`,
    l10n.t`Most alike: “${most.names[0]}” and “${most.names[1]}”.`,
  ];
}

const POOLING_NOTES: Record<SentencePooling, string> = {
  mean: l10n.t('mean of the last hidden states of all tokens, special tokens included'),
  first: l10n.t('last hidden state of the first token, [CLS] in BERT'),
  last: l10n.t('last hidden state of the last token'),
  own: l10n.t('the model’s own pooled output'),
};

function embeddingParts({ vectors, norms, similarity, pooling, normalized }: Embeddings): ReportPart[] {
  const parts: ReportPart[] = [];
  if (vectors.length > 1) {
    parts.push(
      similarityMap(
        vectors,
        similarity,
        normalized ? l10n.t('Cosine') : l10n.t('Dot product'),
        POOLING_NOTES[pooling],
      ),
    );
    parts.push({
      kind: 'table',
      id: 'pairs',
      title: l10n.t('Every two sentences, the most alike first'),
      columns: [
        { label: l10n.t('Sentence') },
        { label: l10n.t('Other') },
        { label: normalized ? l10n.t('Cosine') : l10n.t('Dot product'), format: 4 },
      ],
      rows: pairsOf(vectors, similarity)
        .slice(0, MOST_PAIRS)
        .map(({ names: [a, b], value }) => [a, b, value]),
    });
  }
  return [...parts, vectorTable(vectors, norms, l10n.t('The vectors'))];
}

function pairsOf(vectors: readonly NamedVector[], similarity: readonly number[]) {
  const pairs = vectors.flatMap(({ name }, i) =>
    vectors.slice(i + 1).map((other, k) => ({
      names: [name, other.name] as [string, string],
      value: similarity[i * vectors.length + i + 1 + k] ?? 0,
    })),
  );
  return pairs.sort((a, b) => b.value - a.value);
}

/** What the head saw of the text and of its sentences, and how alike that is. */
function vectorParts(vectors: readonly NamedVector[], title: string): ReportPart[] {
  if (vectors.length === 0) return [];
  const norms = vectors.map(({ values }) => norm(values));
  const table = vectorTable(vectors, norms, title);
  if (vectors.length === 1) return [table];
  const cosines = pairwise(vectors.map(({ values }) => normalized(values)));
  return [
    similarityMap(vectors, cosines, l10n.t('Cosine'), l10n.t('of what the head’s last layer read')),
    table,
  ];
}

function similarityMap(
  vectors: readonly NamedVector[],
  values: number[],
  label: string,
  of: string,
): HeatmapFigure {
  const names = vectors.map(({ name }, i) => `${i + 1} ${shortened(name)}`);
  return {
    kind: 'heatmap',
    id: 'similarity',
    title: l10n.t('How alike the texts are to the model'),
    note: `${label} ${of.startsWith('of ') ? of : l10n.t`of two vectors: ${of}`}.`,
    rows: names,
    columns: names.map((_, i) => String(i + 1)),
    row: { label: l10n.t('Text') },
    column: { label: l10n.t('Text') },
    value: { label, format: 3, ...(label === l10n.t('Cosine') && { max: 1 }) },
    values,
  };
}

function vectorTable(vectors: readonly NamedVector[], norms: readonly number[], title: string): Table {
  return {
    kind: 'table',
    id: 'vectors',
    title,
    note: l10n.t('Dimensions count from 0; the largest are those farthest from zero.'),
    columns: [
      { label: l10n.t('Text') },
      { label: l10n.t('Dimensions'), format: 'count' },
      {
        label: l10n.t('Norm'),
        format: 'significant',
        note: l10n.t('Square root of the sum of squares, before normalizing'),
      },
      { label: l10n.t('Mean'), format: 4 },
      { label: l10n.t('Largest dimensions') },
    ],
    rows: vectors.map(({ name, values }, i) => [
      name,
      values.length,
      norms[i] ?? null,
      dot(
        values,
        values.map(() => 1),
      ) / Math.max(1, values.length),
      largest(values),
    ]),
  };
}

function largest(values: readonly number[]): string {
  return values
    .map((value, i) => ({ value, i }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, MOST_DIMENSIONS)
    .map(({ value, i }) => `${i}: ${formatNumber(value, 3)}`)
    .join(', ');
}

function headTable({ name, architecture, outputs, head, reading, isDetected }: TasksResult): Table {
  return {
    kind: 'table',
    id: 'head',
    title: l10n.t('How the task was told'),
    columns: [{ label: l10n.t('What') }, { label: l10n.t('Value') }],
    rows: [
      [l10n.t('Model'), name],
      [l10n.t('Class in its config'), architecture ?? l10n.t('not said')],
      [
        l10n.t('Outputs of its graph'),
        outputs.map((one) => `${one.name} [${one.shape.join(', ')}]`).join(', '),
      ],
      [l10n.t('Head'), head === null ? l10n.t('none') : TASK_NAMES[head]],
      [
        l10n.t('Shown'),
        `${TASK_NAMES[reading.task]} (${isDetected ? l10n.t('by itself') : l10n.t('chosen')})`,
      ],
    ],
  };
}

function modelTable(): Table {
  return {
    kind: 'table',
    id: 'models',
    title: l10n.t('Models with a head'),
    note: l10n.t(
      'Choose Model downloads one by its id, as does transformer-probe models fetch. Your own fine-tuned exports work as well: labels come from id2label in config.json.',
    ),
    columns: [{ label: l10n.t('Task') }, { label: l10n.t('For') }, { label: l10n.t('Model') }],
    rows: [
      [
        TASK_NAMES.classification,
        l10n.t('Your own labels'),
        l10n.t('fine-tuned with the probe Transfer Learning and saved'),
      ],
      ...MODELS_WITH_HEADS.map(({ task, for: use, id }): Cell[] => [
        TASK_NAMES[task],
        use,
        { text: id, href: `https://huggingface.co/${id}` },
      ]),
    ],
  };
}

function valued(tokens: readonly Token[], valueAt: (position: number) => number | null): TokenValue[] {
  return tokens.map((token, i) => ({
    text: nameOf(token),
    value: valueAt(i),
    ...(!token.special && { span: { segment: token.segment, start: token.start, end: token.end } }),
  }));
}

function nameOf(token: Token | undefined): string {
  return token ? token.text || token.piece : '';
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > 32 ? `${characters.slice(0, 31).join('')}…` : text;
}
