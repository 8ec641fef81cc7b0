import * as l10n from '@vscode/l10n';
import type {
  AttributionMethod,
  AttributionResult,
  AttributionScores,
  Completeness,
} from '../../shared/attribution';
import type { TokenScores } from '../../shared/attributionRequests';
import { ProbeError } from '../../shared/errors';
import { gradientInput, integratedGradients } from './integrated';
import { occlusion } from './occlusion';
import type { Subject } from './subject';

type Found = Pick<AttributionResult, 'scores' | 'unavailable' | 'completeness'>;

/** Every method in turn; those that the model does not allow are listed with the reason. */
export async function runMethods(
  subject: Subject,
  methods: readonly AttributionMethod[],
  steps: number | undefined,
): Promise<Found> {
  const found: Found = { scores: [], unavailable: [] };
  const rows = once(attentionRows);
  for (const [i, method] of methods.entries()) {
    const part = { first: 0.1 + (0.9 * i) / methods.length, size: 0.9 / methods.length };
    const step = {
      ...subject,
      progress: (stage: string, done: number) => subject.progress(stage, part.first + part.size * done),
    };
    const started = performance.now();
    try {
      const { completeness, ...scores } = await runMethod(step, method, rows, steps);
      found.scores.push({
        method,
        ...scores,
        signed: !method.startsWith('attention-') || method === 'attention-gradient',
        runMs: performance.now() - started,
      });
      if (completeness) found.completeness = completeness;
    } catch (error) {
      if (!(error instanceof ProbeError) || error.code !== 'model') throw error;
      found.unavailable.push({ method, reason: error.message });
    }
  }
  return found;
}

/** What one method finds. */
export type MethodScores = Pick<AttributionScores, 'input' | 'target'> & { completeness?: Completeness };

type Rows = Record<'mean' | 'last' | 'rollout', TokenScores>;

async function runMethod(
  subject: Subject,
  method: AttributionMethod,
  rows: (subject: Subject) => Promise<Rows>,
  steps: number | undefined,
): Promise<MethodScores> {
  switch (method) {
    case 'integrated-gradients':
      return integratedGradients(subject, steps);
    case 'gradient-input':
      return gradientInput(subject);
    case 'occlusion':
      return occlusion(subject);
    case 'attention-gradient': {
      subject.progress(l10n.t('Attention and its gradients'), 0);
      const { inference, fed, explained, signal } = subject;
      return inference.request('attentionGradients', { ...fed, explained }, signal);
    }
    case 'attention-mean':
      return (await rows(subject)).mean;
    case 'attention-last':
      return (await rows(subject)).last;
    case 'attention-rollout':
      return (await rows(subject)).rollout;
  }
}

function attentionRows({ inference, fed, explained, signal, progress }: Subject): Promise<Rows> {
  progress(l10n.t('Attention'), 0);
  return inference.request('attentionRows', { ...fed, position: explained.position }, signal);
}

function once<A, T>(make: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  let made: Promise<T> | undefined;
  return (argument) => (made ??= make(argument));
}
