import * as l10n from '@vscode/l10n';
import type { MatrixSource, Shaping } from '../shared/aggregate';
import type { AttentionKind, AttentionResult } from '../shared/attention';
import { axisTokens } from '../shared/attention';
import type { ComparedKind, Comparison, DifferenceMatrix, HeadDistance } from '../shared/compare';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import { largestOf, shapedMatrix } from './matrix';

const KINDS: readonly AttentionKind[] = ['encoder', 'decoder', 'cross'];

/** What can be compared of two results, and how far their heads are apart. */
export async function compareResults(
  inference: Inference,
  run: AttentionResult,
  other: AttentionResult,
  signal?: AbortSignal,
): Promise<Comparison> {
  const kinds = KINDS.filter((kind) => hasKind(run, kind) || hasKind(other, kind)).map((kind) =>
    compareKind(run, other, kind),
  );
  const heads: HeadDistance[] = [];
  for (const { kind } of kinds.filter(({ comparable }) => comparable)) {
    const request = { runId: run.runId, other: other.runId, kind };
    heads.push(...(await inference.request('headDistances', request, signal)));
  }
  return { runId: run.runId, other, kinds, heads };
}

/** The other result's matrix minus this one's, after the same shaping. Fails where the axes differ in length. */
export async function differenceOf(
  inference: Inference,
  run: AttentionResult,
  other: AttentionResult,
  source: MatrixSource,
  shaping: Shaping,
  signal?: AbortSignal,
): Promise<DifferenceMatrix> {
  const { reason } = compareKind(run, other, source.kind);
  if (reason !== null) throw new ProbeError('usage', reason);
  const left = await shapedMatrix(inference, run, source, shaping, signal);
  const right = await shapedMatrix(inference, other, source, shaping, signal);
  const { queries, keys } = left;
  if (right.queries.length !== queries.length || right.keys.length !== keys.length) {
    throw new ProbeError(
      'usage',
      l10n.t(
        'With tokens hidden or grouped the two sides no longer have the same number of rows and columns. Show all tokens to see the difference.',
      ),
    );
  }
  const differences = right.weights.map((weight, i) => weight - (left.weights[i] as number));
  return { queries, keys, differences, largest: largestOf(differences) };
}

function compareKind(run: AttentionResult, other: AttentionResult, kind: AttentionKind): ComparedKind {
  const reason = whyNot(run, other, kind);
  return {
    kind,
    comparable: reason === null,
    reason,
    note: reason === null ? noteOn(run, other, kind) : null,
  };
}

function whyNot(run: AttentionResult, other: AttentionResult, kind: AttentionKind): string | null {
  const name = NAMES[kind];
  for (const side of [run, other]) {
    if (!hasKind(side, kind)) return l10n.t`"${side.model.name}" has no ${name}.`;
  }
  const [left, right] = [axisTokens(run, kind), axisTokens(other, kind)];
  const [queries, otherQueries] = [left.queries.length, right.queries.length];
  if (queries !== otherQueries) {
    return l10n.t`The ${name} cannot be subtracted: one side has ${queries} queries, the other ${otherQueries}. They are shown side by side.`;
  }
  const [keys, otherKeys] = [left.keys.length, right.keys.length];
  if (keys !== otherKeys) {
    return l10n.t`The ${name} cannot be subtracted: one side has ${keys} keys, the other ${otherKeys}. They are shown side by side.`;
  }
  return null;
}

function noteOn(run: AttentionResult, other: AttentionResult, kind: AttentionKind): string | null {
  const notes: string[] = [];
  const [left, right] = [axisTokens(run, kind), axisTokens(other, kind)];
  const isSame = (axis: 'queries' | 'keys') =>
    left[axis].every(({ text }, position) => text === right[axis][position]?.text);
  if (!isSame('queries') || !isSame('keys')) {
    notes.push(l10n.t('The tokens are not the same: cells are compared by position.'));
  }
  const size = ({ layers }: AttentionResult) =>
    layers
      .filter((layer) => layer.kind === kind)
      .map(({ heads }) => heads)
      .join(' ');
  if (size(run) !== size(other)) {
    notes.push(l10n.t('The models have different layers or heads: only those that both have are compared.'));
  }
  return notes.length === 0 ? null : notes.join(' ');
}

function hasKind({ layers }: AttentionResult, kind: AttentionKind): boolean {
  return layers.some((layer) => layer.kind === kind);
}

const NAMES: Record<AttentionKind, string> = {
  encoder: l10n.t('encoder self-attention'),
  decoder: l10n.t('decoder self-attention'),
  cross: l10n.t('cross-attention'),
};
