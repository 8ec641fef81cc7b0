import * as l10n from '@vscode/l10n';
import { inSentence } from '../../shared/language';
import type { LineFigure, Report, ReportPart, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { ArmEpoch, ArmResult, Spread, TrainingArm, TrainingResult } from '../../shared/training';

const ARM_NAMES: Record<TrainingArm, string> = {
  pretrained: l10n.t('Pretrained'),
  scratch: l10n.t('From scratch'),
  frozen: l10n.t('Frozen'),
};

/** The comparison as sentences, curves and tables; of an unfinished one, what is known so far. */
export function transferReport(result: TrainingResult): Report {
  const arms = result.arms.filter(({ epochs }) => epochs.length > 0);
  return {
    findings: findings(result),
    parts: [
      curves(
        'accuracy',
        l10n.t('Test accuracy by epoch'),
        l10n.t('Accuracy'),
        'percent',
        arms,
        ({ testAccuracy }) => testAccuracy,
      ),
      curves(
        'loss',
        l10n.t('Training loss by epoch'),
        l10n.t('Loss'),
        'significant',
        arms,
        ({ trainLoss }) => trainLoss,
      ),
      curves(
        'test-loss',
        l10n.t('Test loss by epoch'),
        l10n.t('Loss'),
        'significant',
        arms,
        ({ testLoss }) => testLoss,
      ),
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
      l10n.t`${model.name} with ${formatNumber(counts.parameters, 'count')} weights, ${data.train.length} training and ${data.test.length} test sentences.`,
    );
  }
  if (baseline) {
    lines.push(
      l10n.t`Without any fine-tuning, a logistic regression on the model's features gets ${formatNumber(baseline.testAccuracy, 'percent')} of the test sentences right.`,
    );
  }
  if (saved)
    lines.push(
      l10n.t`The model of arm ${saved.arm}, seed ${saved.seed}, is saved: open its folder with Choose Model.`,
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
    note: l10n.t(
      'Mean over the seeds; the band is one standard deviation to each side. Epoch 0 is before the first step.',
    ),
    x: { label: l10n.t('Epoch'), format: 'count' },
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
      title: l10n.t('Hidden states before and after training'),
      note: l10n.t(
        'Linear CKA by hidden state, 0 being the embeddings. 1: the same up to rotation and scale.',
      ),
      x: { label: l10n.t('Hidden state'), format: 'count' },
      y: { label: l10n.t('Similarity'), format: 3, max: 1 },
      series: lines(({ hiddenSimilarity }) => hiddenSimilarity),
    },
    {
      kind: 'line',
      id: 'attention',
      title: l10n.t('Attention before and after training'),
      note: l10n.t('Mean absolute difference of the attention weights by layer. 0: the same.'),
      x: { label: l10n.t('Layer'), format: 'count' },
      y: { label: l10n.t('Difference'), format: 'significant', min: 0 },
      series: lines(({ attentionDifference }) => attentionDifference),
    },
  ];
}

function gapTable({ gaps }: TrainingResult): Table {
  return {
    kind: 'table',
    id: 'gaps',
    title: l10n.t('Gap of the test accuracy after the last epoch'),
    note: l10n.t(
      '95 % interval of a bootstrap over seeds and test sentences. Where it holds zero, nothing is shown.',
    ),
    columns: [
      { label: l10n.t('Arms') },
      { label: l10n.t('Gap'), format: 'percent' },
      { label: l10n.t('Low'), format: 'percent' },
      { label: l10n.t('High'), format: 'percent' },
      { label: l10n.t('Seeds'), format: 'count' },
      { label: l10n.t('Test sentences'), format: 'count' },
    ],
    rows: gaps.map(({ arms: [first, second], gap, low, high, seeds, sentences }) => [
      l10n.t`${ARM_NAMES[first]} minus ${inSentence(ARM_NAMES[second])}`,
      ...[gap, low, high, seeds, sentences],
    ]),
  };
}

function epochTable(arms: readonly ArmResult[]): Table {
  const figures = ['trainLoss', 'testLoss', 'trainAccuracy', 'testAccuracy'] as const;
  const names = [
    l10n.t('Training loss'),
    l10n.t('Test loss'),
    l10n.t('Training accuracy'),
    l10n.t('Test accuracy'),
  ];
  return {
    kind: 'table',
    id: 'epochs',
    title: l10n.t('Every epoch, mean and standard deviation over the seeds'),
    columns: [
      { label: l10n.t('Arm') },
      { label: l10n.t('Epoch'), format: 'count' },
      { label: l10n.t('Seeds'), format: 'count' },
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
    title: l10n.t('Test sentences and which of them flipped'),
    note: l10n.t('Seeds that classify the sentence rightly, before and after training.'),
    columns: [
      { label: l10n.t('Sentence') },
      { label: l10n.t('Class') },
      ...options.arms.flatMap((arm) => [
        { label: l10n.t`${ARM_NAMES[arm]}: before` },
        { label: l10n.t('after') },
      ]),
      { label: l10n.t('Flipped') },
    ],
    rows: sentences.map(({ text, label, arms, flipped }) => [
      text,
      data.labels[label] ?? String(label),
      ...options.arms.flatMap((arm) => {
        const one = arms.find((outcome) => outcome.arm === arm);
        return one ? [l10n.t`${one.before} of ${one.of}`, l10n.t`${one.after} of ${one.of}`] : [null, null];
      }),
      flipped.map((arm) => ARM_NAMES[arm]).join(', '),
    ]),
  };
}
