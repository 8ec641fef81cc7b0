import * as l10n from '@vscode/l10n';
import { softmax } from '../../numeric/softmax';
import type { LabelScore, ScoreFunction, TaskFacts } from '../../shared/tasks';

/** Every label with its logit and score, the likeliest first; of equal ones the lower number. */
export function labelScores(
  logits: ArrayLike<number>,
  { labels }: Pick<TaskFacts, 'labels'>,
  scores: ScoreFunction,
): LabelScore[] {
  const values = APPLY[scores](Array.from(logits));
  return values
    .map((score, id) => ({
      ...{ id, score, logit: logits[id] as number },
      label: labels[id] ?? l10n.t`class ${id}`,
    }))
    .sort((a, b) => b.logit - a.logit || a.id - b.id);
}

/** The model's own function, or else what transformers takes: softmax over several labels, sigmoid of one. */
export function scoreFunction({ scores }: Pick<TaskFacts, 'scores'>, labels: number): ScoreFunction {
  return scores ?? (labels === 1 ? 'sigmoid' : 'softmax');
}

const APPLY: Record<ScoreFunction, (logits: number[]) => number[]> = {
  softmax: (logits) => Array.from(softmax(logits)),
  sigmoid: (logits) => logits.map((logit) => 1 / (1 + Math.exp(-logit))),
  none: (logits) => logits,
};
