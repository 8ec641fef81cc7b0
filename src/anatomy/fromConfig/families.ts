import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { shown } from '../source';
import { albert } from './albert';
import { bart, marian, mbart, pegasus } from './bart';
import { bert } from './bert';
import type { ConfigValues } from './config';
import { deberta, debertaV2 } from './deberta';
import { distilbert } from './distilbert';
import { electra } from './electra';
import { bloom, falcon, gpt2, gptJ, gptNeo, gptNeoX } from './gpt';
import { gemma, gemma2, gemma3, llama, mistral, mixtral, qwen2, qwen3 } from './llama';
import { opt } from './opt';
import { phi, phi3 } from './phi';
import { roberta } from './roberta';
import type { NamedShape } from './shapes';
import { Shapes } from './shapes';
import { t5 } from './t5';
import { whisper } from './whisper';

type Build = (to: Shapes, c: ConfigValues) => void;

/** `model_type` -> the family's parameters. */
const FAMILIES = new Map<string, Build>([
  ['albert', albert],
  ['bart', bart],
  ['bert', bert],
  ['bloom', bloom],
  ['camembert', roberta],
  ['deberta', deberta],
  ['deberta-v2', debertaV2],
  ['distilbert', distilbert],
  ['electra', electra],
  ['falcon', falcon],
  ['gemma', gemma],
  ['gemma2', gemma2],
  ['gemma3_text', gemma3],
  ['gpt2', gpt2],
  ['gpt_neo', gptNeo],
  ['gpt_neox', gptNeoX],
  ['gptj', gptJ],
  ['llama', llama],
  ['marian', marian],
  ['mbart', mbart],
  ['mistral', mistral],
  ['mixtral', mixtral],
  ['mt5', t5],
  ['opt', opt],
  ['pegasus', pegasus],
  ['phi', phi],
  ['phi3', phi3],
  ['qwen2', qwen2],
  ['qwen3', qwen3],
  ['roberta', roberta],
  ['t5', t5],
  ['whisper', whisper],
  ['xlm-roberta', roberta],
]);

/** Classes whose parameters are known; a family adds nothing for others, so they are refused. */
const CLASSES =
  /^$|(Model|ForMaskedLM|ForCausalLM|ForPreTraining|ForConditionalGeneration|ForSequenceClassification|ForTokenClassification|ForQuestionAnswering|ForMultipleChoice)$/;

/** Every `model_type` that `parametersOf` knows. */
export const KNOWN_TYPES: readonly string[] = [...FAMILIES.keys()];

/** The parameters of the model that a config.json describes. Throws ProbeError `model` where they cannot be told. */
export function parametersOf(c: ConfigValues): NamedShape[] {
  const build = FAMILIES.get(c.type);
  if (!build) {
    throw new ProbeError(
      'model',
      l10n.t`The parameters of a "${shown(c.type)}" model cannot be computed from its config. Open its weights file instead.`,
    );
  }
  if (!CLASSES.test(c.class)) {
    throw new ProbeError(
      'model',
      l10n.t`The parameters of the class "${shown(c.class)}" cannot be computed from its config. Open its weights file instead.`,
    );
  }
  const shapes = new Shapes();
  build(shapes, c);
  return shapes.list;
}
