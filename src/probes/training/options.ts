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
    const kind = WHOLE.has(name) ? 'a whole number' : 'a number';
    throw new ProbeError('usage', `${NAMES[name] ?? name} must be ${kind} from ${least} to ${most}.`);
  }
  if (options.arms.length === 0 || options.arms.some((arm) => !TRAINING_ARMS.includes(arm))) {
    throw new ProbeError('usage', `Choose at least one of ${TRAINING_ARMS.join(', ')} to train.`);
  }
}

const NAMES: Partial<Record<string, string>> = {
  epochs: 'The number of epochs',
  batchSize: 'The batch size',
  learningRate: 'The learning rate',
  headRate: "The classifier's rate",
  scratchRate: 'The rate of training from scratch',
  weightDecay: 'The weight decay',
  warmup: 'The warm-up',
  clipNorm: "The gradients' largest norm",
  seeds: 'The number of seeds',
  maxTokens: 'The longest sentence in tokens',
};
