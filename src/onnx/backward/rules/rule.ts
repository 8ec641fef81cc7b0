import type { GraphIndex, OnnxNode } from '../../graph';
import { intAttribute } from '../../graph';
import type { Emitter } from '../emitter';

/** One node on the way back. */
export interface Step {
  node: OnnxNode;
  index: GraphIndex;
  emit: Emitter;
  /** d loss / d first output. Zeros where only other outputs lead to the loss. */
  gradient: string;
  /** d loss / d output of every output; null for those that the loss does not depend on. */
  gradients: readonly (string | null)[];
  /** The node's inputs and first output, by name. */
  x: string;
  y: string;
}

/** Gradients of a node's inputs in their order: each is emitted only if somebody wants it. */
export type InputGradients = (() => string)[];

/** The reverse-mode rule of an operator: from the gradient of its outputs to those of its inputs. */
export type Rule = (step: Step) => InputGradients;

export interface RuleEntry {
  rule: Rule;
  /** Positions of the inputs that carry a gradient; all if absent. */
  inputs?: readonly number[];
}

/** A node's `i`-th input; empty if left out. */
export function input({ node }: Pick<Step, 'node'>, i: number): string {
  return node.inputs[i] ?? '';
}

/** An axis attribute as a number from 0 on, for a tensor of the given rank. */
export function axisOf(node: OnnxNode, fallback: number, rank: number): number {
  const axis = intAttribute(node, 'axis', fallback);
  return axis < 0 ? axis + rank : axis;
}
