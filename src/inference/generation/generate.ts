import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import { ProbeError } from '../../shared/errors';
import type { GenerationState } from '../../shared/generation';
import type { ModelInput, Runnable, RunOptions } from '../runner';
import { encoderStatesOf, runLast } from '../runner';
import { floats } from '../tensors';
import { advance } from './step';
import type { StepRules } from './step';

/** What the generated tokens are added to. */
export interface Prompt {
  input: ModelInput;
  /** First ids of the decoder of an encoder-decoder; null where the input itself goes on. */
  decoder: number[] | null;
}

/**
 * Generates token after token. The model reads its whole text at every step, without a cache of keys and values, so that any
 * export will do; the encoder runs once a prompt.
 */
export class Generator {
  private encoded: { key: string; states: Tensor | undefined } | null = null;

  async step(
    model: Runnable,
    prompt: Prompt,
    state: GenerationState,
    rules: StepRules,
    options: RunOptions,
  ): Promise<GenerationState> {
    const states = prompt.decoder && (await this.encoderStates(model, prompt.input, options));
    const logits: Float32Array[] = [];
    for (const { ids } of state.beams) {
      const input = extended(prompt, ids);
      const outputs = await runLast(model, input, states ?? undefined, options);
      logits.push(lastLogits(outputs, (input.targetIds ?? input.ids).length));
    }
    return advance(state, logits, rules);
  }

  private async encoderStates(
    model: Runnable,
    input: ModelInput,
    options: RunOptions,
  ): Promise<Tensor | undefined> {
    const key = JSON.stringify([model.key, input.ids]);
    if (this.encoded?.key !== key) {
      this.encoded = { key, states: await encoderStatesOf(model, input, options) };
    }
    return this.encoded.states;
  }
}

function extended({ input, decoder }: Prompt, ids: readonly number[]): ModelInput {
  if (decoder) return { ...input, targetIds: [...decoder, ...ids] };
  return { ids: [...input.ids, ...ids] };
}

function lastLogits({ logits }: Record<string, Tensor>, length: number): Float32Array {
  if (logits?.dims.length === 3 && logits.dims[0] === 1 && logits.dims[1] === length) {
    const vocabulary = logits.dims[2] ?? 0;
    return floats('logits', logits).slice((length - 1) * vocabulary, length * vocabulary);
  }
  throw new ProbeError(
    'model',
    l10n.t(
      'This model predicts no next token (it has no output "logits" for its last position). Give a target to analyze.',
    ),
  );
}
