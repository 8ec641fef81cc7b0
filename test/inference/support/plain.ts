import * as ort from 'onnxruntime-node';
import { locateModel } from '../../../src/models/folder';
import { buildFeeds } from '../../../src/inference/feeds';
import type { ModelInput } from '../../../src/inference/runner';

/** The logits of a model's files as they are, nothing tapped, opened by path. */
export async function plainLogits(directory: string, input: ModelInput): Promise<Float32Array> {
  const { graphs } = await locateModel(directory, { bundledDir: directory });
  let encoderStates: ort.Tensor | undefined;
  let logits: ort.Tensor | undefined;
  for (const { role, path } of graphs) {
    const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
    const given = role === 'decoder' ? { ids: input.targetIds ?? [], encoderStates } : input;
    const outputs = await session.run(await buildFeeds(session.inputMetadata, given));
    encoderStates = outputs['last_hidden_state'];
    logits = outputs['logits'];
    await session.release();
  }
  if (!(logits?.data instanceof Float32Array)) throw new Error('The fixture has no float32 logits.');
  return logits.data;
}
