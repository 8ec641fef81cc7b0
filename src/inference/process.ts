import './language';
import { Rpc } from '../shared/rpc';
import type { RequestHandlers } from '../shared/rpc';
import type { Envelope } from '../shared/protocol';
import { Engine } from './engine';
import type { ProcessMethods, ProcessOptions } from './wire';

/** The inference process: an engine behind the wire to the process that forked this one. */
function main(): void {
  if (!process.send) {
    process.stderr.write(
      'This file is started by Transformer Probe. For the command line use dist/cli.js.\n',
    );
    process.exitCode = 2;
    return;
  }
  const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions;
  const engine = new Engine({ ...options, log: (message) => process.stderr.write(`${message}\n`) });
  const post = (message: Envelope) => void process.send?.(message, undefined, undefined, () => undefined);
  const rpc = new Rpc<Record<never, never>, Record<never, never>, ProcessMethods>(post, handlers(engine), {});
  process.on('message', (message: unknown) => rpc.receive(message));
  // The parent is gone or wants no more: keep what was computed, then leave.
  process.on('disconnect', () => void engine.close().finally(() => process.exit()));
}

function handlers(engine: Engine): RequestHandlers<ProcessMethods> {
  return {
    open: (params, signal) => engine.request('open', params, signal),
    encode: (params, signal) => engine.request('encode', params, signal),
    generate: (params, signal) => engine.request('generate', params, signal),
    generationSteps: (params, signal) => engine.request('generationSteps', params, signal),
    decoderStart: (params, signal) => engine.request('decoderStart', params, signal),
    fingerprint: (params, signal) => engine.request('fingerprint', params, signal),
    spell: (params, signal) => engine.request('spell', params, signal),
    run: (params, signal) => engine.request('run', params, signal),
    subLayers: (params, signal) => engine.request('subLayers', params, signal),
    specialTokens: (params, signal) => engine.request('specialTokens', params, signal),
    taskFacts: (params, signal) => engine.request('taskFacts', params, signal),
    predictions: (params, signal) => engine.request('predictions', params, signal),
    maskedPredictions: (params, signal) => engine.request('maskedPredictions', params, signal),
    overview: (params, signal) => engine.request('overview', params, signal),
    head: (params, signal) => engine.request('head', params, signal),
    matrix: (params, signal, report) => engine.request('matrix', params, signal, report),
    profile: (params, signal) => engine.request('profile', params, signal),
    openingHead: (params, signal) => engine.request('openingHead', params, signal),
    sinks: (params, signal) => engine.request('sinks', params, signal),
    headMetrics: (params, signal) => engine.request('headMetrics', params, signal),
    similarHeads: (params, signal) => engine.request('similarHeads', params, signal),
    offsetMeans: (params, signal) => engine.request('offsetMeans', params, signal),
    headDistances: (params, signal) => engine.request('headDistances', params, signal),
    cell: (params, signal) => engine.request('cell', params, signal),
    headParts: (params, signal) => engine.request('headParts', params, signal),
    tokenize: (params, signal) => engine.request('tokenize', params, signal),
    firstLayer: (params, signal) => engine.request('firstLayer', params, signal),
    neighbors: (params, signal) => engine.request('neighbors', params, signal),
    projection: (params, signal) => engine.request('projection', params, signal),
    pooled: (params, signal) => engine.request('pooled', params, signal),
    tensor: (params, signal) => engine.request('tensor', params, signal),
    stateGeometry: (params, signal) => engine.request('stateGeometry', params, signal),
    train: (params, signal, report) => engine.request('train', params, signal, report),
    baseline: (params, signal) => engine.request('baseline', params, signal),
    forget: (params, signal) => engine.request('forget', params, signal),
    status: (params, signal) => engine.request('status', params, signal),
    predictionFacts: (params, signal) => engine.request('predictionFacts', params, signal),
    predict: (params, signal) => engine.request('predict', params, signal),
    outputsOf: (params, signal) => engine.request('outputsOf', params, signal),
    pathGradients: (params, signal) => engine.request('pathGradients', params, signal),
    attentionGradients: (params, signal) => engine.request('attentionGradients', params, signal),
    attentionRows: (params, signal) => engine.request('attentionRows', params, signal),
    settled: async () => {
      await engine.settled();
      return null;
    },
  };
}

main();
