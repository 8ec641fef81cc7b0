import type { Replacement } from '../../shared/attribution';
import type { ExplainedOutput, FedText } from '../../shared/attributionRequests';
import type { Inference } from '../../shared/inference';
import type { ModelFacts } from '../../shared/model';

/** One text with the prediction that is explained: what every method is given. */
export interface Subject {
  inference: Inference;
  signal?: AbortSignal;
  progress(stage: string, part: number): void;
  facts: ModelFacts;
  fed: FedText;
  explained: ExplainedOutput;
  value: number;
  replacement: Replacement;
  /** Positions that stay as they are, of the input and of the decoder's tokens. */
  kept: ReadonlySet<number>;
  keptTarget: ReadonlySet<number>;
}

/** Scores with null for the tokens that are kept. */
export function withoutKept(
  scores: readonly (number | null)[],
  kept: ReadonlySet<number>,
): (number | null)[] {
  return scores.map((score, i) => (kept.has(i) ? null : score));
}
