import type { LineFigure, Report, ReportPart, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { ArmEpoch, ArmResult, Spread, TrainingArm, TrainingResult } from '../../shared/training';

const ARM_NAMES: Record<TrainingArm, string> = {
  pretrained: 'Pretrained',
  scratch: 'From scratch',
  frozen: 'Frozen',
};

/** The comparison as sentences, curves and tables; of an unfinished one, what is known so far. */
export function transferReport(result: TrainingResult): Report {
  const arms = result.arms.filter(({ epochs }) => epochs.length > 0);
  return {
    findings: findings(result),
    parts: [
      curves(
        'accuracy',
        'Test accuracy by epoch',
        'Accuracy',
        'percent',
        arms,
        ({ testAccuracy }) => testAccuracy,
      ),
      curves('loss', 'Training loss by epoch', 'Loss', 'significant', arms, ({ trainLoss }) => trainLoss),
      curves('test-loss', 'Test loss by epoch', 'Loss', 'significant', arms, ({ testLoss }) => testLoss),
      ...similarity(arms),
      gapTable(result),
      epochTable(arms),
      sentenceTable(result),
    ],
  };
}

function findings({ verdict, baseline, data, notices, model, saved, arms }: TrainingResult): string[] {
  const counts = arms.find(({ parameters }) => parameters > 0);
  const lines = [verdict.text];
  if (model && counts) {
    lines.push(
      `${model.name} with ${formatNumber(counts.parameters, 'count')} weights, ${data.train.length} training and ${data.test.length} test sentences.`,
    );
  }
  if (baseline) {
    lines.push(
      `Without any fine-tuning, a logistic regression on the model's features gets ${formatNumber(baseline.testAccuracy, 'percent')} of the test sentences right.`,
    );
  }
  if (saved)
    lines.push(
      `The model of arm ${saved.arm}, seed ${saved.seed}, is saved: open its folder with Choose Model.`,
    );
  return [...lines, ...notices];
}

function curves(
  id: string,
  title: string,
  label: string,
  format: 'percent' | 'significant',
  arms: readonly ArmResult[],
  of: (epoch: ArmEpoch) => Spread,
): LineFigure {
  return {
    kind: 'line',
    id,
    title,
    note: 'Mean over the seeds; the band is one standard deviation to each side. Epoch 0 is before the first step.',
    x: { label: 'Epoch', format: 'count' },
    y: { label, format, ...(format === 'percent' && { min: 0, max: 1 }) },
    series: arms.map(({ arm, epochs }) => ({
      name: ARM_NAMES[arm],
      points: epochs.map((epoch) => [epoch.epoch, of(epoch).mean]),
      band: epochs.map((epoch) => band(epoch.epoch, of(epoch), format === 'percent')),
    })),
  };
}

/** A part of 1 plus a deviation stays a part of 1. */
function band(x: number, { mean, deviation }: Spread, isPart: boolean): [number, number, number] {
  const low = mean - deviation;
  const high = mean + deviation;
  return isPart ? [x, Math.max(0, low), Math.min(1, high)] : [x, low, high];
}

function similarity(arms: readonly ArmResult[]): ReportPart[] {
  const finished = arms.filter(({ hiddenSimilarity }) => hiddenSimilarity.length > 0);
  if (finished.length === 0) return [];
  const lines = (of: (arm: ArmResult) => Spread[]) =>
    finished.map((arm) => ({
      name: ARM_NAMES[arm.arm],
      points: of(arm).map(({ mean }, layer): [number, number] => [layer, mean]),
      band: of(arm).map(({ mean, deviation }, layer): [number, number, number] => [
        layer,
        mean - deviation,
        mean + deviation,
      ]),
    }));
  return [
    {
      kind: 'line',
      id: 'hidden',
      title: 'Hidden states before and after training',
      note: 'Linear CKA by hidden state, 0 being the embeddings. 1: the same up to rotation and scale.',
      x: { label: 'Hidden state', format: 'count' },
      y: { label: 'Similarity', format: 3, max: 1 },
      series: lines(({ hiddenSimilarity }) => hiddenSimilarity),
    },
    {
      kind: 'line',
      id: 'attention',
      title: 'Attention before and after training',
      note: 'Mean absolute difference of the attention weights by layer. 0: the same.',
      x: { label: 'Layer', format: 'count' },
      y: { label: 'Difference', format: 'significant', min: 0 },
      series: lines(({ attentionDifference }) => attentionDifference),
    },
  ];
}

function gapTable({ gaps }: TrainingResult): Table {
  return {
    kind: 'table',
    id: 'gaps',
    title: 'Gap of the test accuracy after the last epoch',
    note: '95 % interval of a bootstrap over seeds and test sentences. Where it holds zero, nothing is shown.',
    columns: [
      { label: 'Arms' },
      { label: 'Gap', format: 'percent' },
      { label: 'Low', format: 'percent' },
      { label: 'High', format: 'percent' },
      { label: 'Seeds', format: 'count' },
      { label: 'Test sentences', format: 'count' },
    ],
    rows: gaps.map(({ arms: [first, second], gap, low, high, seeds, sentences }) => [
      `${ARM_NAMES[first]} minus ${ARM_NAMES[second].toLowerCase()}`,
      ...[gap, low, high, seeds, sentences],
    ]),
  };
}

function epochTable(arms: readonly ArmResult[]): Table {
  const figures = ['trainLoss', 'testLoss', 'trainAccuracy', 'testAccuracy'] as const;
  const names = ['Training loss', 'Test loss', 'Training accuracy', 'Test accuracy'];
  return {
    kind: 'table',
    id: 'epochs',
    title: 'Every epoch, mean and standard deviation over the seeds',
    columns: [
      { label: 'Arm' },
      { label: 'Epoch', format: 'count' },
      { label: 'Seeds', format: 'count' },
      ...names.flatMap((label, i) => [
        { label, format: i < 2 ? (4 as const) : ('percent' as const) },
        { label: '±', format: i < 2 ? (4 as const) : ('percent' as const) },
      ]),
    ],
    rows: arms.flatMap(({ arm, epochs }) =>
      epochs.map((epoch) => [
        ARM_NAMES[arm],
        epoch.epoch,
        epoch.trainLoss.count,
        ...figures.flatMap((figure) => [epoch[figure].mean, epoch[figure].deviation]),
      ]),
    ),
  };
}

function sentenceTable({ sentences, data, options }: TrainingResult): Table {
  return {
    kind: 'table',
    id: 'sentences',
    title: 'Test sentences and which of them flipped',
    note: 'Seeds that classify the sentence rightly, before and after training.',
    columns: [
      { label: 'Sentence' },
      { label: 'Class' },
      ...options.arms.flatMap((arm) => [{ label: `${ARM_NAMES[arm]}: before` }, { label: 'after' }]),
      { label: 'Flipped' },
    ],
    rows: sentences.map(({ text, label, arms, flipped }) => [
      text,
      data.labels[label] ?? String(label),
      ...options.arms.flatMap((arm) => {
        const one = arms.find((outcome) => outcome.arm === arm);
        return one ? [`${one.before} of ${one.of}`, `${one.after} of ${one.of}`] : [null, null];
      }),
      flipped.map((arm) => ARM_NAMES[arm]).join(', '),
    ]),
  };
}
