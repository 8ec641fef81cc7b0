import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { TRAINING_ARMS, TRAINING_LIMITS } from '../../shared/training';
import type { TrainingOptions } from '../../shared/training';

const WHOLE = new Set(['epochs', 'batchSize', 'seeds', 'maxTokens']);

/** Throws ProbeError `usage` where an option is out of its limits. */
export function checkOptions(options: TrainingOptions): void {
  for (const [name, [least, most]] of Object.entries(TRAINING_LIMITS)) {
    const value = options[name as keyof typeof TRAINING_LIMITS];
    const fits = value >= least && value <= most && (!WHOLE.has(name) || Number.isInteger(value));
    if (fits) continue;
    const kind = WHOLE.has(name) ? l10n.t('a whole number') : 'a number';
    throw new ProbeError('usage', l10n.t`${NAMES[name] ?? name} must be ${kind} from ${least} to ${most}.`);
  }
  if (options.arms.length === 0 || options.arms.some((arm) => !TRAINING_ARMS.includes(arm))) {
    throw new ProbeError('usage', l10n.t`Choose at least one of ${TRAINING_ARMS.join(', ')} to train.`);
  }
}

const NAMES: Partial<Record<string, string>> = {
  epochs: l10n.t('The number of epochs'),
  batchSize: l10n.t('The batch size'),
  learningRate: l10n.t('The learning rate'),
  headRate: l10n.t("The classifier's rate"),
  scratchRate: l10n.t('The rate of training from scratch'),
  weightDecay: l10n.t('The weight decay'),
  warmup: l10n.t('The warm-up'),
  clipNorm: l10n.t("The gradients' largest norm"),
  seeds: l10n.t('The number of seeds'),
  maxTokens: l10n.t('The longest sentence in tokens'),
};
