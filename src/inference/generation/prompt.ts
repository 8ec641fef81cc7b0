import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { GenerationOptions } from '../../shared/generation';
import { startId } from '../encoding';
import type { OpenModel } from '../openModel';
import type { Prompt } from './generate';
import type { StepRules } from './step';

/** What a model generates from; fails for models that only fill in masks. */
export function promptOf(model: OpenModel, ids: number[]): Prompt {
  const { family, name } = model.facts;
  if (family === 'encoder-only') {
    throw new ProbeError(
      'usage',
      l10n.t`"${name}" has no decoder: it fills in masked words and generates no text.`,
    );
  }
  return { input: { ids }, decoder: family === 'encoder-decoder' ? [startId(model)] : null };
}

/** The model's end and padding tokens, and how far its positions go. */
export function rulesOf(
  { facts, folder }: OpenModel,
  { input, decoder }: Prompt,
  options: GenerationOptions,
  ends: number[] = folder.config?.eosIds ?? [],
): StepRules {
  const padId = folder.config?.padId ?? null;
  const room = (facts.maxTokens ?? Infinity) - (decoder ?? input.ids).length;
  if (room < 1) {
    throw new ProbeError(
      'input',
      l10n.t`The text fills all ${String(facts.maxTokens)} positions of "${facts.name}": no token can be added. Give less text.`,
    );
  }
  return {
    options: { ...options, maxNewTokens: Math.min(options.maxNewTokens, room) },
    ends,
    never: padId !== null && !ends.includes(padId) ? padId : null,
  };
}
