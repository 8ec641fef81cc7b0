import * as l10n from '@vscode/l10n';
import { differenceOf } from '../probes/compare';
import { headMetrics, probeHeads } from '../probes/heads';
import { attentionProfile, shapedMatrix } from '../probes/matrix';
import type { AttentionResult } from '../shared/attention';
import type { Comparison } from '../shared/compare';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import type { ViewRequests } from '../shared/protocol';
import type { RequestHandlers } from '../shared/rpc';
import { analysisParams } from './analysisMessages';

/** The results that a panel may ask about. */
export interface ShownResults {
  readonly result: AttentionResult | null;
  readonly comparison: Comparison | null;
}

type Analyses = Pick<
  ViewRequests,
  'matrix' | 'profile' | 'headMetrics' | 'similarHeads' | 'headProbe' | 'cell' | 'difference'
>;

/** Answers a panel's questions about the runs that it shows. */
export function analysisRequests(inference: Inference, shown: ShownResults): RequestHandlers<Analyses> {
  const resultOf = (runId: string) => {
    const found = [shown.result, shown.comparison?.other].find((one) => one?.runId === runId);
    if (found) return found;
    throw new ProbeError('input', l10n.t('This result is no longer shown.'));
  };
  return {
    matrix: (body: unknown, signal, report) => {
      const { runId, source, shaping } = analysisParams.matrix(body);
      return shapedMatrix(inference, resultOf(runId), source, shaping, signal, report);
    },
    profile: (body: unknown, signal) => {
      const { runId, ...question } = analysisParams.profile(body);
      return attentionProfile(inference, resultOf(runId), question, signal);
    },
    headMetrics: (body: unknown, signal) =>
      headMetrics(inference, resultOf(analysisParams.headMetrics(body).runId), signal),
    similarHeads: (body: unknown, signal) => {
      const params = analysisParams.similarHeads(body);
      return inference.request('similarHeads', { ...params, runId: resultOf(params.runId).runId }, signal);
    },
    headProbe: (body: unknown, signal) => {
      const { runId, seed } = analysisParams.headProbe(body);
      return probeHeads(inference, resultOf(runId).model, seed, signal);
    },
    cell: (body: unknown, signal) => {
      const params = analysisParams.cell(body);
      return inference.request('cell', { ...params, runId: resultOf(params.runId).runId }, signal);
    },
    difference: (body: unknown, signal) => {
      const { runId, other, source, shaping } = analysisParams.difference(body);
      return differenceOf(inference, resultOf(runId), resultOf(other), source, shaping, signal);
    },
  };
}
