import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Backward, BackwardRequest, GraphModel } from '../../onnx/backward';
import { buildBackward, traceGraph } from '../../onnx/backward';
import { assemble } from '../../onnx/backward/assemble';
import { HEAD_BIAS, HEAD_WEIGHT, LOGITS, POOLED } from '../../onnx/classifier/head';
import type { Start } from '../../onnx/classifier/parameters';
import { indexGraph } from '../../onnx/graph';
import { FLOAT } from '../../onnx/taps';
import type { Pooling } from '../../shared/training';
import { buildBatchFeeds } from '../feeds';
import type { GraphBatch } from '../feeds';
import { loadRuntime, runSession } from '../runtime';
import type { Head } from './head';

/** A weight of the encoder, as the checkpoint has it. */
export interface Parameter {
  name: string;
  dims: number[];
  start: Start;
  values: Float32Array;
}

/** The weights of a run, in the order of `PreparedFacts.parameters`. */
export type Weights = readonly Float32Array[];

export type OpenSession = (bytes: Uint8Array) => Promise<InferenceSession>;

/** What training knows of a model. Holds the checkpoint's weights once. */
export interface PreparedFacts {
  /** With the classifier's nodes. */
  model: GraphModel;
  /** Folder that the locations of weights are relative to. */
  directory: string;
  pooling: Pooling;
  parameters: Parameter[];
  /** Names of the hidden states [batch, tokens, width], the embeddings first. */
  hidden: string[];
  /** Names of the layers' attention weights. */
  attention: string[];
  padId: number;
}

/** One step's loss, its logits [batch, classes], and gradients in the order of the weights, then the classifier's two. */
export interface StepTensors {
  loss: number;
  logits: Float32Array;
  gradients: Float32Array[];
}

type Feeds = Record<string, Tensor>;

const LABELS = 'probe/labels';

/** Shapes are learned from two texts of four tokens. */
const TRIAL_IDS = [
  [0, 1, 2, 3],
  [3, 2, 1, 0],
];
const TRIAL: GraphBatch = {
  ids: TRIAL_IDS,
  typeIds: TRIAL_IDS.map((row) => row.map(() => 0)),
  mask: TRIAL_IDS.map((row) => row.map(() => 1)),
};

/**
 * A model that learns: sessions for its forward graph and its backward graph. Weights are fed with every run, so that
 * one pair of sessions serves all arms and seeds, and changing a weight in place is all that an optimizer does.
 */
export class PreparedModel {
  private backwardPass: Promise<{ session: InferenceSession; graph: Backward }> | undefined;
  /** Inputs that are no texts. */
  private readonly fedNames: ReadonlySet<string>;

  private constructor(
    readonly facts: PreparedFacts,
    /** Of the pooled features. */
    readonly width: number,
    private readonly session: InferenceSession,
    private readonly openSession: OpenSession,
  ) {
    const names = facts.parameters.map(({ name }) => name);
    this.fedNames = new Set([...names, HEAD_WEIGHT, HEAD_BIAS, LABELS]);
  }

  static async open(facts: PreparedFacts, openSession: OpenSession): Promise<PreparedModel> {
    const { model, parameters, hidden, attention } = facts;
    const { bytes } = assemble(model, indexGraph(model.model.graph), {
      addition: {},
      fed: parameters.map(({ name, dims }) => ({ name, elemType: FLOAT, dims })),
      inputs: [],
      outputs: [...new Set([POOLED, ...hidden, ...attention])].map((name) => ({ name })),
    });
    const session = await openSession(bytes);
    const unmeasured = new PreparedModel(facts, 0, session, openSession);
    const trial = await unmeasured.forward(TRIAL, unmeasured.startWeights);
    return new PreparedModel(facts, trial[POOLED]?.dims.at(-1) ?? 0, session, openSession);
  }

  /** The checkpoint's weights: not to be changed. */
  get startWeights(): Weights {
    return this.facts.parameters.map(({ values }) => values);
  }

  /** Runs the encoder. The outputs are POOLED [batch, width] and the named states. */
  async forward(batch: GraphBatch, weights: Weights, states: string[] = []): Promise<Feeds> {
    const feeds = await this.feedsFor(this.session, batch, await this.weightFeeds(weights));
    return runSession(this.session, feeds, [POOLED, ...states]);
  }

  /** Cross-entropy of one batch, and its gradients. */
  async backward(batch: GraphBatch, weights: Weights, head: Head, labels: number[]): Promise<StepTensors> {
    this.backwardPass ??= this.openBackward();
    const { session, graph } = await this.backwardPass;
    const { Tensor: TensorClass } = await loadRuntime();
    const feeds = await this.feedsFor(session, batch, {
      ...(await this.weightFeeds(weights)),
      ...(await this.headFeeds(head)),
      [LABELS]: new TensorClass('int64', BigInt64Array.from(labels, BigInt), [labels.length]),
    });
    const names = this.differentiated.map((name) => graph.gradients.get(name) ?? '');
    const outputs = await runSession(session, feeds, [graph.loss, LOGITS, ...names]);
    const data = (name: string) => outputs[name]?.data as Float32Array;
    return { loss: data(graph.loss)[0] ?? NaN, logits: data(LOGITS), gradients: names.map(data) };
  }

  async release(): Promise<void> {
    await this.session.release();
    await (await this.backwardPass)?.session.release();
  }

  private get differentiated(): string[] {
    return [...this.facts.parameters.map(({ name }) => name), HEAD_WEIGHT, HEAD_BIAS];
  }

  /** Built when first needed: a frozen encoder does without. */
  private async openBackward(): Promise<{ session: InferenceSession; graph: Backward }> {
    const { model, parameters } = this.facts;
    const request: BackwardRequest = {
      loss: { kind: 'cross-entropy', logits: LOGITS, labels: LABELS },
      wrt: this.differentiated,
      fed: parameters.map(({ name }) => name),
      outputs: [LOGITS],
    };
    const trace = traceGraph(model, request);
    const session = await this.openSession(trace.bytes);
    const head = { weight: new Float32Array(this.width * 2), bias: new Float32Array(2) };
    const others = { ...(await this.weightFeeds(this.startWeights)), ...(await this.headFeeds(head)) };
    const feeds = await this.feedsFor(session, TRIAL, others);
    const traced = await runSession(session, feeds, [...trace.outputs]);
    await session.release();
    const shapes = trace.read(traced as Record<string, { data: BigInt64Array }>);
    const graph = buildBackward(model, request, shapes);
    return { session: await this.openSession(graph.bytes), graph };
  }

  /** What a session wants of a batch of texts and of other tensors. */
  private async feedsFor(session: InferenceSession, batch: GraphBatch, others: Feeds): Promise<Feeds> {
    const feeds = await buildBatchFeeds(session.inputMetadata, batch, this.fedNames);
    for (const name of session.inputNames) {
      const tensor = others[name];
      if (tensor) feeds[name] = tensor;
    }
    return feeds;
  }

  private async weightFeeds(weights: Weights): Promise<Feeds> {
    const { Tensor: TensorClass } = await loadRuntime();
    const tensors = this.facts.parameters.map(({ name, dims }, i) => [
      name,
      new TensorClass('float32', weights[i] as Float32Array, dims),
    ]);
    return Object.fromEntries(tensors) as Feeds;
  }

  private async headFeeds({ weight, bias }: Head): Promise<Feeds> {
    const { Tensor: TensorClass } = await loadRuntime();
    return {
      [HEAD_WEIGHT]: new TensorClass('float32', weight, [this.width, bias.length]),
      [HEAD_BIAS]: new TensorClass('float32', bias, [bias.length]),
    };
  }
}
