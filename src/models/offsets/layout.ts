import type { PostProcessor, TemplateItem } from './postprocess';

/** One item of a model's input: a segment's tokens, or tokens that are added after segment `after`. */
export type LayoutItem = { segment: number; type: number } | { ids: number[]; type: number; after: number };

/**
 * The order of segments and special tokens in the input. One segment: the tokenizer's template for one text. Two: its
 * template for a pair. More: the pair's pattern goes on, with the tokens between A and B before every further segment.
 * Where nothing separates a pair, `newline` (the tokens of a line break) does.
 */
export function layoutOf(segments: number, { single, pair }: PostProcessor, newline: number[]): LayoutItem[] {
  if (segments <= 1) return place(single, 0);
  const a = pair.findIndex((item) => 'text' in item && item.text === 0);
  const b = pair.findIndex((item) => 'text' in item && item.text === 1);
  if (a < 0 || b < a) return place(single, 0);
  const between = pair.slice(a + 1, b);
  const type = pair[b]?.type ?? 0;
  const separator = between.length > 0 ? between : [{ ids: newline, type }];
  const items = place(pair.slice(0, a + 1), 0);
  for (let segment = 1; segment < segments; segment++) {
    const before = place(separator, segment - 1);
    items.push(...(segment > 1 ? before.map((item) => ({ ...item, type })) : before), { segment, type });
  }
  return [...items, ...place(pair.slice(b + 1), segments - 1)];
}

/** How many tokens a layout adds. */
export function addedCount(layout: LayoutItem[]): number {
  return layout.reduce((count, item) => count + ('ids' in item ? item.ids.length : 0), 0);
}

function place(items: TemplateItem[], segment: number): LayoutItem[] {
  return items.map((item) =>
    'ids' in item ? { ids: item.ids, type: item.type, after: segment } : { segment, type: item.type },
  );
}
