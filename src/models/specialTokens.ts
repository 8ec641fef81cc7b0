import { join } from 'node:path';
import type { SpecialRole, SpecialTokens } from '../shared/predictions';
import type { ModelFolder } from './folder';
import { ownValue, readRecord, stringAt, type JsonRecord } from './json';
import type { ProbeTokenizer } from './tokenizer';

const MAX_BYTES = 16 * 2 ** 20;
const ROLES: readonly SpecialRole[] = ['mask', 'pad', 'unk', 'bos', 'eos', 'cls', 'sep'];

/** How BERT's and RoBERTa's tokenizers spell them where no file says. */
const USUAL: Partial<Record<SpecialRole, string[]>> = {
  mask: ['[MASK]', '<mask>'],
  pad: ['[PAD]', '<pad>'],
  unk: ['[UNK]', '<unk>'],
  cls: ['[CLS]'],
  sep: ['[SEP]'],
};

/**
 * A tokenizer's special tokens by their role, as tokenizer_config.json and special_tokens_map.json name them. Throws a
 * ProbeError where one of these files is damaged.
 */
export async function readSpecialTokens(
  { directory }: Pick<ModelFolder, 'directory'>,
  tokenizer: ProbeTokenizer,
): Promise<SpecialTokens> {
  const sources: JsonRecord[] = [];
  for (const file of ['tokenizer_config.json', 'special_tokens_map.json']) {
    sources.push((await readRecord(join(directory, file), MAX_BYTES)) ?? {});
  }
  const found: SpecialTokens = {};
  for (const role of ROLES) {
    const named = sources.flatMap((source) => spelling(source, `${role}_token`) ?? []);
    for (const piece of [...named, ...(USUAL[role] ?? [])]) {
      const id = tokenizer.idOf(piece);
      if (id !== null) found[role] ??= { id, piece };
    }
  }
  return found;
}

/** `"[MASK]"`, or `{ "content": "[MASK]", ... }`. */
function spelling(source: JsonRecord, key: string): string | null {
  return stringAt(source, key) ?? stringAt(ownValue(source, key), 'content');
}
