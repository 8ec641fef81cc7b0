import * as l10n from '@vscode/l10n';
import type { JsonRecord } from '../models/json';
import { isRecord } from '../models/json';

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const OPEN = new Set([91, 123]);
const CLOSE = new Set([93, 125]);

/** What JSON.parse does not tell about a text: how deep it goes, and how many keys it really has. */
export interface KeyScan {
  /** A reason to refuse the text, or null. */
  problem: string | null;
  /** True if the parsed object has fewer keys than the text, so that names were repeated. */
  duplicates(parsed: JsonRecord): boolean;
}

/** Looks through JSON bytes without building anything. `depth`: the deepest nesting that is allowed. */
export function scanKeys(bytes: Uint8Array, depth: number): KeyScan {
  let level = 0;
  let keys = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) at = stringEnd(bytes, at);
    else if (byte === COLON) keys++;
    else if (OPEN.has(byte) && ++level > depth) {
      return { problem: l10n.t`its JSON is nested deeper than ${depth}`, duplicates: () => false };
    } else if (CLOSE.has(byte)) level--;
  }
  return { problem: null, duplicates: (parsed) => countKeys(parsed) < keys };
}

function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function countKeys(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0);
  if (!isRecord(value)) return 0;
  const inner = Object.values(value).reduce<number>((sum, item) => sum + countKeys(item), 0);
  return Object.keys(value).length + inner;
}
