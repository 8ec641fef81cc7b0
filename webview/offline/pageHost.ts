import * as l10n from '@vscode/l10n';
import { analyses } from '../../src/inference/analysis';
import type { WeightReader } from '../../src/numeric/reader';
import type { AttentionResult } from '../../src/shared/attention';
import { ProbeError } from '../../src/shared/errors';
import type { Inference } from '../../src/shared/inference';
import { dequantize, PAGE_DATA_ID } from '../../src/shared/page';
import type { PageData } from '../../src/shared/page';
import type { HostEvents, PanelState } from '../../src/shared/protocol';
import type { EventHandlers } from '../../src/shared/rpc';
import { analysisRequests } from '../../src/views/analysisRequests';
import type { AttentionHost } from '../panels/attention/panel';
import { NEEDS_HOST, tabOf } from '../panels/attention/view';
import { headOf, overviewOf } from './weights';

/** The data of a self-contained page; null in VS Code. */
export function pageData(): PageData | null {
  const text = document.getElementById(PAGE_DATA_ID)?.textContent;
  return text ? (JSON.parse(text) as PageData) : null;
}

/**
 * The host of a self-contained page: the page itself. The same code that answers in the inference process and the
 * extension host answers here, from the weights that the page carries.
 */
export function connectPage(data: PageData, events: EventHandlers<HostEvents>): AttentionHost {
  const result = data.snapshot.result as AttentionResult;
  const answers = pageAnswers(result, unpack(data.weights));
  followColourScheme();
  return {
    send(name) {
      if (name === 'ready') queueMicrotask(() => events.snapshot(data.snapshot));
    },
    async request(name, params, signal) {
      const answer = (
        answers as Record<string, ((params: unknown, signal: AbortSignal) => unknown) | undefined>
      )[name];
      if (!answer)
        throw new ProbeError(
          'usage',
          l10n.t('This page carries the attention weights only. Open the session in VS Code for this.'),
        );
      return (await answer(params, signal)) as never;
    },
    restore: () => (NEEDS_HOST.has(tabOf(data.state)) ? { ...data.state, tab: undefined } : data.state),
    save: (state: PanelState) => void (data.state = state),
  };
}

function pageAnswers(result: AttentionResult, bytes: Promise<Uint8Array>) {
  const layers = result.layers;
  const sizes = layers.map(({ heads, queries, keys }) => heads * queries * keys);
  const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
  const known = new Map<number, Float32Array>();
  const reader: WeightReader = {
    layers,
    async view(index) {
      const start = starts[index] ?? 0;
      const part = (await bytes).subarray(start, start + (sizes[index] ?? 0));
      const weights = known.get(index) ?? dequantize(part, layers[index]?.keys ?? 1);
      known.set(index, weights);
      return weights;
    },
  };
  const store = { source: () => Promise.resolve(reader) };
  const inference = {
    request: (method: string, params: never) => handlerOf(analyses(store), method)(params),
  };
  const shown = { result, comparison: null };
  const { matrix, profile, headMetrics, similarHeads } = analysisRequests(
    inference as unknown as Inference,
    shown,
  );
  return {
    matrix,
    profile,
    headMetrics,
    similarHeads,
    head: (params: Parameters<typeof headOf>[1]) => headOf(reader, params),
    overview: async ({ side }: { side: number }) => overviewOf(layers, await bytes, side),
  };
}

function handlerOf(
  handlers: ReturnType<typeof analyses>,
  method: string,
): (params: never) => Promise<unknown> {
  const handler = Object.hasOwn(handlers, method) ? handlers[method as keyof typeof handlers] : undefined;
  if (!handler)
    throw new ProbeError('usage', l10n.t('A model is needed for this. Open the session in VS Code.'));
  return handler as (params: never) => Promise<unknown>;
}

async function unpack(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The classes that VS Code would set, after the reader's own preference. */
function followColourScheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    document.body.classList.toggle('vscode-dark', dark.matches);
    document.body.classList.toggle('vscode-light', !dark.matches);
    document.body.classList.add('offline');
  };
  dark.addEventListener('change', apply);
  apply();
}
