import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import type { RunRequest } from '../shared/inference';
import type { PositionPrediction } from '../shared/predictions';
import { checkIds } from './checks';
import { textsOfIds } from './encoding';
import type { OpenModel } from './openModel';
import { readPredictions } from './predictions';
import { runLast, throwIfAborted } from './runner';
import type { RunOptions } from './runner';
import { batchOfOne } from './tensors';

export type MaskedRequest = Pick<RunRequest, 'ids' | 'typeIds'> & { positions: number[]; top: number };

/**
 * What a masked model expects at each position when its token alone is hidden (Salazar et al. 2020, arXiv:1910.14659):
 * one run a position. `asked` is the token that was hidden.
 */
export async function predictMasked(
  model: OpenModel,
  { ids, typeIds, positions, top }: MaskedRequest,
  maskId: number | null,
  options: RunOptions,
): Promise<PositionPrediction[]> {
  const { facts } = model;
  checkIds(facts, ids, 'token ids');
  if (facts.family !== 'encoder-only' || maskId === null) throw noMask(facts.name);
  const found: PositionPrediction[] = [];
  for (const position of positions) {
    const hidden = ids[position];
    if (hidden === undefined)
      throw new ProbeError('usage', l10n.t`The text has no token number ${position}.`);
    throwIfAborted(options.signal);
    const input = { ids: ids.with(position, maskId), typeIds };
    const { logits } = await runLast(model, input, undefined, options);
    if (!logits) throw noMask(facts.name);
    const request = { positions: [position], asked: [hidden], top };
    found.push(
      ...(await readPredictions(batchOfOne('logits', logits), request, (all) => textsOfIds(model, all))),
    );
  }
  return found;
}

function noMask(name: string): ProbeError {
  return new ProbeError(
    'usage',
    l10n.t`"${name}" does not fill masks. Choose an encoder that was trained to, such as pocket-bert or bert-base-uncased.`,
  );
}
