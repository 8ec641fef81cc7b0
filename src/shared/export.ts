import type { MatrixSource, Shaping } from './aggregate';
import type { GenerationOptions } from './generation';
import type { PanelState } from './protocol';

/**
 * - `csv`: the matrix on the screen, one row a query, with token texts.
 * - `npz`: every layer's weights [heads, queries, keys] as float32, for numpy.
 * - `json`: everything, as the command line writes it.
 * - `svg`: the matrix on the screen, text as text.
 * - `html`: one file that keeps the interaction, offline.
 * - `session`: text, model with its sha256, and settings: opens to the same view again.
 */
export type HostFormat = 'csv' | 'npz' | 'json' | 'svg' | 'html' | 'session';

export type ExportRequest =
  /** A picture that the view made: PNG, or SVG in UTF-8. */
  | { format: 'picture'; ending: 'png' | 'svg'; name: string; bytes: Uint8Array }
  | { format: HostFormat; source: MatrixSource; shaping: Shaping; state: PanelState };

/** What to reopen. */
export interface SessionFile {
  format: 'transformer-probe session';
  version: 1;
  /** Of the program that wrote it. */
  program: string;
  createdAt: string;
  model: { id: string; sha256: Record<string, string> };
  segments: { text: string; offset: number }[];
  target: string | null;
  generation: GenerationOptions | null;
  window: number | null;
  state: PanelState;
}
