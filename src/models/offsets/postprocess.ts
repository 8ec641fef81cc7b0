import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { booleanAt, integerAt, listAt, ownValue, recordAt, stringAt } from '../json';
import { isId } from './vocabulary';

/** One item of a template: a text's tokens, or tokens that the tokenizer adds. */
export type TemplateItem = { text: 0 | 1; type: number } | { ids: number[]; type: number };

/** What happens to the tokens of one text or two before the model sees them. */
export interface PostProcessor {
  single: TemplateItem[];
  pair: TemplateItem[];
  /** Blanks at the ends of tokens are left out of their offsets. Null: offsets stay. */
  trim: { addsSpace: boolean } | null;
}

const MAX_DEPTH = 8;
const A: TemplateItem = { text: 0, type: 0 };
const PLAIN: PostProcessor = { single: [A], pair: [A, { text: 1, type: 1 }], trim: null };

/** Builds the `post_processor` of tokenizer.json. Throws a ProbeError for kinds it does not know. */
export function createPostProcessor(config: unknown, depth = 0): PostProcessor {
  if (config === null || config === undefined) return PLAIN;
  const type = stringAt(config, 'type') ?? '';
  switch (type) {
    case 'ByteLevel':
      return { ...PLAIN, trim: trimOf(config) };
    case 'BertProcessing':
      return { ...bert(idsAt(config, 'cls'), idsAt(config, 'sep')), trim: null };
    case 'RobertaProcessing':
      return { ...roberta(idsAt(config, 'cls'), idsAt(config, 'sep')), trim: trimOf(config) };
    case 'TemplateProcessing':
      return {
        single: listAt(config, 'single').map((item) => readItem(item, config)),
        pair: listAt(config, 'pair').map((item) => readItem(item, config)),
        trim: null,
      };
    case 'Sequence':
      return sequence(listAt(config, 'processors'), depth);
    default:
      throw new ProbeError(
        'model',
        l10n.t`tokenizer.json has a post-processor of an unknown type (${type.slice(0, 40)}).`,
      );
  }
}

function sequence(configs: unknown[], depth: number): PostProcessor {
  if (depth >= MAX_DEPTH)
    throw new ProbeError('model', l10n.t('tokenizer.json nests its post-processors too deeply.'));
  return configs
    .map((config) => createPostProcessor(config, depth + 1))
    .reduce((before, after) => {
      const template = after.single.length > 1 ? after : before;
      return { single: template.single, pair: template.pair, trim: after.trim ?? before.trim };
    }, PLAIN);
}

function trimOf(config: unknown): PostProcessor['trim'] {
  if (!booleanAt(config, 'trim_offsets', true)) return null;
  return { addsSpace: booleanAt(config, 'add_prefix_space', true) };
}

function bert(cls: number[], sep: number[]): Pick<PostProcessor, 'single' | 'pair'> {
  const single = [{ ids: cls, type: 0 }, A, { ids: sep, type: 0 }];
  return { single, pair: [...single, { text: 1, type: 1 }, { ids: sep, type: 1 }] };
}

function roberta(cls: number[], sep: number[]): Pick<PostProcessor, 'single' | 'pair'> {
  const separator = { ids: sep, type: 0 };
  const single = [{ ids: cls, type: 0 }, A, separator];
  return { single, pair: [...single, separator, { text: 1, type: 0 }, separator] };
}

/** `["[CLS]", 101]` -> `[101]`. */
function idsAt(config: unknown, key: string): number[] {
  return listAt(config, key).slice(1).filter(isId);
}

function readItem(item: unknown, config: unknown): TemplateItem {
  const special = ownValue(item, 'SpecialToken');
  const sequence = ownValue(item, 'Sequence');
  const type = integerAt(special ?? sequence, 'type_id') ?? 0;
  if (sequence !== undefined) return { text: stringAt(sequence, 'id') === 'B' ? 1 : 0, type };
  const token = recordAt(recordAt(config, 'special_tokens'), stringAt(special, 'id') ?? '');
  return { ids: listAt(token, 'ids').filter(isId), type };
}
