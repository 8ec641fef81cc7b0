import * as l10n from '@vscode/l10n';
import type { MetadataEntry } from '../shared/anatomy';

/** Characters of a metadata value that are kept. */
const MAX_VALUE = 4000;
const MAX_ITEMS = 16;

/** A text out of a file at a length that can be shown. */
export function clip(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** A list by its length and first items. */
export function listText(count: number, first: readonly (string | number | boolean)[]): string {
  const items = first.slice(0, MAX_ITEMS).map(String).join(', ');
  return clip(count > Math.min(first.length, MAX_ITEMS) ? l10n.t`${count} items: ${items}, …` : items);
}

/** The entries of a config.json as text. */
export function configEntries(config: Record<string, unknown>): MetadataEntry[] {
  return Object.entries(config).map(([key, value]) => ({
    key: clip(key),
    value: clip(typeof value === 'string' ? value : JSON.stringify(value)),
  }));
}
