import type { Messages } from './language';
import type { PanelSnapshot, PanelState } from './protocol';

/** The element of a self-contained page that holds its `PageData` as JSON. */
export const PAGE_DATA_ID = 'transformer-probe-data';

/** A result that stands for itself: what a page needs to be the panel without a host. */
export interface PageData {
  version: 1;
  snapshot: PanelSnapshot;
  state: PanelState;
  /** Base64 of gzip of one byte a weight (see `quantize`), in the order of `result.layers`, each [heads, queries, keys]. */
  weights: string;
}

/** Weights as `round(255 · √w)`: small weights keep their order; the error is at most √w / 255. */
export function quantize(weights: Float32Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(weights, (weight) => Math.round(255 * Math.sqrt(Math.min(1, Math.max(0, weight)))));
}

/** The weights back from their bytes; each row is scaled to sum to 1, as a softmax row does. */
export function dequantize(bytes: Uint8Array, keys: number): Float32Array {
  const weights = Float32Array.from(bytes, (byte) => (byte / 255) ** 2);
  for (let start = 0; start < weights.length; start += keys) {
    const row = weights.subarray(start, start + keys);
    const sum = row.reduce((total, weight) => total + weight, 0);
    if (sum > 0) for (let key = 0; key < keys; key++) row[key] = (row[key] as number) / sum;
  }
  return weights;
}

/** The panel's own bundle, as text, and its language. */
export interface PageAssets {
  script: string;
  style: string;
  /** English if absent. */
  language?: { tag: string; messages: Messages };
}
