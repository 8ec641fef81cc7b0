import { join } from 'node:path';
import { Engine } from '../../../src/inference/engine';
import { analyzeAttention } from '../../../src/probes/attention';
import type { AttentionResult } from '../../../src/shared/attention';
import type { Inference } from '../../../src/shared/inference';
import type { PanelSnapshot, PanelState } from '../../../src/shared/protocol';
import { analysisRequests } from '../../../src/views/analysisRequests';
import type { ShownResults } from '../../../src/views/analysisRequests';
import type { Answers, PanelOptions, PanelPage, Workbench } from './panelPage';

export const ROOT = join(import.meta.dirname, '../../..');

const NOTHING_ELSE = { busy: null, error: null, stale: false, linked: true };

/** The engine on the bundled models, in this process. */
export function startEngine(): Engine {
  return new Engine({
    bundledDir: join(ROOT, 'models'),
    memoryBudgetBytes: 2 ** 29,
    log: () => undefined,
  });
}

/** A run over the text, or over as much of it as the model takes. */
export function analyze(
  engine: Inference,
  model: string,
  text: string,
  target?: string,
): Promise<AttentionResult> {
  return analyzeAttention(engine, { model, segments: [{ text, offset: 0 }], target, overflow: 'first' });
}

/** What the host answers: its own code on the engine. */
export function engineAnswers(engine: Inference, shown: ShownResults): Answers {
  return {
    ...analysisRequests(engine, shown),
    overview: (params, signal) => engine.request('overview', params, signal),
    head: (params, signal) => engine.request('head', params, signal),
  };
}

/** A panel that shows a real run. */
export async function openRun(
  bench: Workbench,
  engine: Inference,
  result: AttentionResult,
  state: Partial<PanelState> = {},
  change: { snapshot?: Partial<PanelSnapshot>; options?: Partial<PanelOptions> } = {},
): Promise<PanelPage> {
  // Without a kind nothing has been chosen yet, and the panel opens at a head of its own choice.
  const chosen = state.layer !== undefined || state.head !== undefined;
  const start: PanelState = {
    version: 1,
    runId: result.runId,
    kind: chosen ? (result.layers[0]?.kind ?? null) : null,
    layer: 0,
    head: 0,
    query: null,
    view: 'matrix',
    ...state,
  };
  const panel = await bench.open({
    snapshot: { ...NOTHING_ELSE, result, ...change.snapshot },
    requests: engineAnswers(engine, { result, comparison: change.snapshot?.comparison ?? null }),
    state: start,
    ...change.options,
  });
  await panel.settled();
  return panel;
}
