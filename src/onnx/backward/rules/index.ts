import type { OnnxNode } from '../../graph';
import { ACTIVATIONS } from './activations';
import { ARITHMETIC } from './arithmetic';
import { CHOICE } from './choice';
import { INDEXING } from './indexing';
import { LAYOUT } from './layout';
import { LINEAR } from './linear';
import { NORMALIZATION } from './normalization';
import { REDUCTIONS } from './reductions';
import type { RuleEntry } from './rule';
import { SLICES } from './slices';
import { SOFTMAX } from './softmax';

/** Operator -> rule. Operators of ONNX itself by their name, others as `domain.name`. */
const RULES: ReadonlyMap<string, RuleEntry> = new Map(
  Object.entries({
    ...ARITHMETIC,
    ...ACTIVATIONS,
    ...LINEAR,
    ...SOFTMAX,
    ...NORMALIZATION,
    ...REDUCTIONS,
    ...LAYOUT,
    ...INDEXING,
    ...SLICES,
    ...CHOICE,
  }),
);

/** The operator of a node, with its domain where that is not ONNX's own. */
export function operatorOf({ domain, opType }: OnnxNode): string {
  return domain === '' ? opType : `${domain}.${opType}`;
}

export function ruleOf(node: OnnxNode): RuleEntry | undefined {
  return RULES.get(operatorOf(node));
}

/** Operators that a rule is written for. */
export function supportedOperators(): string[] {
  return [...RULES.keys()];
}
