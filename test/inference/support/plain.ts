import * as ort from 'onnxruntime-node';
import { locateModel } from '../../../src/models/folder';
import { buildFeeds } from '../../../src/inference/feeds';
import type { ModelInput } from '../../../src/inference/runner';

/** A model's files as they are: nothing tapped, opened by path. */
export class PlainModel {
  private constructor(private readonly sessions: { role: string; session: ort.InferenceSession }[]) {}

  static async open(directory: string): Promise<PlainModel> {
    const { graphs } = await locateModel(directory, { bundledDir: directory });
    const sessions = [];
    for (const { role, path } of graphs) {
      sessions.push({ role, session: await ort.InferenceSession.create(path, { logSeverityLevel: 3 }) });
    }
    return new PlainModel(sessions);
  }

  async logits(input: ModelInput): Promise<Float32Array> {
    let encoderStates: ort.Tensor | undefined;
    let logits: ort.Tensor | undefined;
    for (const { role, session } of this.sessions) {
      const given = role === 'decoder' ? { ids: input.targetIds ?? [], encoderStates } : input;
      const outputs = await session.run(await buildFeeds(session.inputMetadata, given));
      encoderStates = outputs['last_hidden_state'];
      logits = outputs['logits'];
    }
    if (!(logits?.data instanceof Float32Array)) throw new Error('The fixture has no float32 logits.');
    return logits.data;
  }

  async close(): Promise<void> {
    for (const { session } of this.sessions) await session.release();
  }
}
