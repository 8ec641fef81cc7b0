import type { InferenceSession } from 'onnxruntime-node';
import { buildBackward, traceGraph } from '../onnx/backward';
import type { Backward, BackwardRequest, Shapes, Trace } from '../onnx/backward';
import type { Skeleton } from '../onnx/skeleton';
import { ProbeError } from '../shared/errors';
import type { Feeds } from './batch';
import { repeatFeeds } from './batch';
import { createSession, runSession } from './runtime';

/** A session that computes a loss and its gradients. */
export interface OpenBackward {
  session: InferenceSession;
  backward: Backward;
  /** Sizes in the traced run: ranks, and which axes have a size of 1. */
  shapes: Shapes;
  /** False for exports that take a batch of one only. */
  batches: boolean;
  release(): Promise<void>;
}

export interface OpenOptions {
  threads?: number;
  /** One text of at least three tokens as a batch of one, for a graph with these inputs. */
  trial(inputs: readonly InferenceSession.ValueMetadata[]): Promise<Feeds>;
}

/** Builds the backward graph of a model's graph and opens it; runs the model once on `trial` to know its shapes. */
export async function openBackward(
  skeleton: Pick<Skeleton, 'bytes' | 'model' | 'directory'>,
  request: BackwardRequest,
  { threads, trial }: OpenOptions,
): Promise<OpenBackward> {
  const { directory } = skeleton;
  const trace = traceGraph(skeleton, request);
  const tracer = await createSession(trace.bytes, { directory, threads });
  const { shapes, batches } = await traceShapes(tracer, trace, trial).finally(() => tracer.release());
  const backward = buildBackward(skeleton, request, shapes);
  const session = await createSession(backward.bytes, { directory, threads });
  return { session, backward, shapes, batches, release: () => session.release() };
}

/** Two texts at once show which axes are the batch's; some exports take only one. */
async function traceShapes(
  tracer: InferenceSession,
  trace: Trace,
  trial: OpenOptions['trial'],
): Promise<{ shapes: Shapes; batches: boolean }> {
  const one = await trial(tracer.inputMetadata);
  const run = async (feeds: Feeds) => trace.read(await runSession(tracer, feeds, [...trace.outputs]));
  try {
    return { shapes: await run(await repeatFeeds(one, 2)), batches: true };
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return { shapes: await run(one), batches: false };
  }
}
