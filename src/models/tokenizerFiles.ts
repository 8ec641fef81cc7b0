import * as l10n from '@vscode/l10n';
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProbeError } from '../shared/errors';
import type { ModelFolder } from './folder';
import {
  booleanAt,
  isRecord,
  ownValue,
  readJson,
  readRecord,
  readText,
  stringAt,
  type JsonRecord,
} from './json';

const MAX_BYTES = 256 * 2 ** 20;
const MAX_CONFIG_BYTES = 16 * 2 ** 20;

/** The parsed tokenizer.json of a model; made up from vocab.txt (BERT) or vocab.json and merges.txt (GPT-2) without one. */
export async function readTokenizerJson(
  folder: Pick<ModelFolder, 'directory' | 'tokenizerPath'>,
): Promise<JsonRecord> {
  const { directory, tokenizerPath } = folder;
  if (tokenizerPath === null) throw await missing(directory);
  switch (basename(tokenizerPath)) {
    case 'vocab.txt':
      return bertTokenizer((await readText(tokenizerPath, MAX_BYTES)) ?? '', await readSettings(directory));
    case 'vocab.json':
      return gpt2Tokenizer(directory, tokenizerPath);
    default: {
      const json = await readJson(tokenizerPath, MAX_BYTES);
      if (isRecord(json)) return json;
      throw new ProbeError('model', l10n.t('tokenizer.json does not hold a tokenizer. Download it again.'));
    }
  }
}

async function missing(directory: string): Promise<ProbeError> {
  for (const name of ['spiece.model', 'tokenizer.model', 'sentencepiece.bpe.model', 'source.spm']) {
    const found = await access(join(directory, name)).then(
      () => true,
      () => false,
    );
    if (!found) continue;
    return new ProbeError(
      'model',
      l10n.t`The model has ${name} but no tokenizer.json. Convert it once with transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).`,
    );
  }
  return new ProbeError(
    'model',
    l10n.t('The model has no tokenizer. Put its tokenizer.json beside config.json, or give token ids.'),
  );
}

async function readSettings(directory: string): Promise<JsonRecord> {
  return (await readRecord(join(directory, 'tokenizer_config.json'), MAX_CONFIG_BYTES)) ?? {};
}

function bertTokenizer(lines: string, settings: JsonRecord): JsonRecord {
  const words = lines.split('\n').map((line) => line.replace(/\r$/, ''));
  if (words.at(-1) === '') words.pop();
  const vocab = new Map(words.map((word, id) => [word, id]));
  return {
    added_tokens: addedTokens(vocab, ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: booleanAt(settings, 'tokenize_chinese_chars', true),
      strip_accents: ownValue(settings, 'strip_accents') ?? null,
      lowercase: booleanAt(settings, 'do_lower_case', true),
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: wrapping('BertProcessing', vocab, 'vocab.txt', '[CLS]', '[SEP]'),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      vocab: Object.fromEntries(vocab),
    },
  };
}

async function gpt2Tokenizer(directory: string, vocabPath: string): Promise<JsonRecord> {
  const merges = await readText(join(directory, 'merges.txt'), MAX_BYTES);
  const vocab = await readJson(vocabPath, MAX_BYTES);
  if (merges === null || !isRecord(vocab)) {
    throw new ProbeError(
      'model',
      l10n.t("vocab.json needs merges.txt beside it. Download both, or the model's tokenizer.json."),
    );
  }
  const settings = await readSettings(directory);
  const ids = new Map(
    Object.entries(vocab).flatMap(([word, id]) => (typeof id === 'number' ? [[word, id]] : [])),
  );
  const addSpace = booleanAt(settings, 'add_prefix_space', false);
  const lines = merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  const isRoberta =
    /Roberta|Bart|Longformer|LED/.test(stringAt(settings, 'tokenizer_class') ?? '') || ids.has('<mask>');
  return {
    added_tokens: addedTokens(ids, ['<|endoftext|>', '<s>', '<pad>', '</s>', '<unk>', '<mask>']),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: addSpace, trim_offsets: true },
    post_processor: isRoberta
      ? { ...wrapping('RobertaProcessing', ids, 'vocab.json', '<s>', '</s>'), add_prefix_space: addSpace }
      : { type: 'ByteLevel', trim_offsets: false },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: lines },
  };
}

function addedTokens(vocab: Map<string, number>, names: string[]): JsonRecord[] {
  return names
    .filter((content) => vocab.has(content))
    .map((content) => ({ id: vocab.get(content), content, special: true, lstrip: content === '<mask>' }));
}

function wrapping(
  type: string,
  vocab: Map<string, number>,
  file: string,
  first: string,
  last: string,
): JsonRecord {
  const [cls, sep] = [vocab.get(first), vocab.get(last)];
  if (cls !== undefined && sep !== undefined) return { type, cls: [first, cls], sep: [last, sep] };
  throw new ProbeError(
    'model',
    l10n.t`${file} lacks ${first} or ${last}. Download it again, or the model's tokenizer.json.`,
  );
}
