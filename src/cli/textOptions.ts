import { atMostOne, idList, usage, wholeNumber } from './options';

/** What every command takes that runs a model over a text. */
export const TEXT_OPTIONS = {
  model: { type: 'string', short: 'm' },
  text: { type: 'string' },
  file: { type: 'string' },
  ids: { type: 'string' },
  'decoder-ids': { type: 'string' },
  json: { type: 'string' },
  first: { type: 'boolean' },
  window: { type: 'string' },
  // Takes effect by itself: an analysis never uses the network.
  offline: { type: 'boolean' },
} as const;

interface Values {
  model?: string;
  text?: string;
  file?: string;
  ids?: string;
  'decoder-ids'?: string;
  first?: boolean;
  window?: string;
}

/** What to analyze, with what, and how much of it where it is too long. */
export interface TextChoice {
  model: string;
  source: { text: string } | { file: string } | { ids: number[] };
  targetIds?: number[];
  overflow?: 'first' | number;
}

/** Fails with a `usage` error where there is no model or no text, or where options contradict each other. */
export function textChoice(values: Values): TextChoice {
  const { model, first } = values;
  if (!model)
    throw usage('Say which model: --model with a bundled name, a model folder, an .onnx file or a Hub id.');
  atMostOne(values, ['first', 'window']);
  return {
    model,
    source: sourceOf(values),
    targetIds: idList(values, 'decoder-ids'),
    overflow: first ? 'first' : wholeNumber(values, 'window'),
  };
}

function sourceOf(values: Values): TextChoice['source'] {
  atMostOne(values, ['text', 'file', 'ids']);
  const { text, file } = values;
  if (text !== undefined) return { text };
  if (file !== undefined) return { file };
  const ids = idList(values, 'ids');
  if (ids) return { ids };
  throw usage('Say what to analyze: --text TEXT, --file FILE (- for standard input) or --ids 1,2,3.');
}
