import type { Tensor } from 'onnxruntime-node';
import type { ExplainedOutput } from '../../shared/attributionRequests';
import { stackFeeds } from '../batch';
import type { Feeds } from '../batch';
import type { OpenModel } from '../openModel';
import { throwIfAborted } from '../runner';
import { loadRuntime, runSession } from '../runtime';
import { chosen, rowsThatFit } from './gradients';
import { hiddenOutput, openCut, openLoss, ownFeeds, partsOf } from './graphs';
import type { AttributionOptions, Text } from './graphs';

/** F of each text, in their order: texts of one length go through the model together. */
export async function outputsOf(
  model: OpenModel,
  { texts, explained }: { texts: Text[]; explained: ExplainedOutput },
  options: AttributionOptions,
): Promise<number[]> {
  const values = new Array<number>(texts.length).fill(0);
  const open = await openLoss(model, partsOf(model).last, 'nothing', explained, options);
  for (const group of sameLengths(texts)) {
    const [first] = group;
    const rows = open.batches && first !== undefined ? rowsThatFit(model, texts[first] as Text, options) : 1;
    for (let i = 0; i < group.length; i += rows) {
      throwIfAborted(options.signal);
      const some = group.slice(i, i + rows);
      const found = await runBatch(
        model,
        some.map((at) => texts[at] as Text),
        explained,
        options,
      );
      for (const [k, at] of some.entries()) values[at] = found[k] as number;
    }
  }
  return values;
}

async function runBatch(
  model: OpenModel,
  texts: Text[],
  explained: ExplainedOutput,
  options: AttributionOptions,
): Promise<Float32Array> {
  const { last } = partsOf(model);
  const states = await encoderStates(model, texts, options);
  const { session, backward } = await openLoss(model, last, 'nothing', explained, options);
  const rows: Feeds[] = [];
  for (const [i, text] of texts.entries())
    rows.push(await ownFeeds(last, session.inputMetadata, text, states?.[i]));
  const feeds = { ...(await stackFeeds(rows)), ...(await chosen({ explained })) };
  return (await runSession(session, feeds, [backward.values]))[backward.values]?.data as Float32Array;
}

/** The encoder's hidden state of each text, [1, tokens, hidden]; undefined where the encoder has no graph of its own. */
async function encoderStates(
  model: OpenModel,
  texts: Text[],
  options: AttributionOptions,
): Promise<Tensor[] | undefined> {
  const { encoder } = partsOf(model);
  if (!encoder) return undefined;
  const hidden = hiddenOutput(encoder);
  const session = await openCut(model, encoder, { outputs: [hidden] }, options);
  const rows: Feeds[] = [];
  for (const text of texts) rows.push(await ownFeeds(encoder, session.inputMetadata, text));
  const states = (await runSession(session, await stackFeeds(rows), [hidden]))[hidden] as Tensor;
  const { Tensor: TensorClass } = await loadRuntime();
  const data = states.data as Float32Array;
  const size = data.length / texts.length;
  const dims = [1, ...states.dims.slice(1)];
  return texts.map((_, i) => new TensorClass('float32', data.subarray(i * size, (i + 1) * size), dims));
}

/** Positions of the texts, those of one length together. */
function sameLengths(texts: readonly Text[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, { ids, targetIds }] of texts.entries()) {
    const key = `${ids.length} ${targetIds?.length}`;
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  return [...groups.values()];
}
