/*
 * Damage by a seeded generator, so that a case can be made again.
 */

type Next = () => number;

/** A copy with a few bytes changed, cut off or put in, somewhere in its first `header` bytes. */
export function mutate(bytes: Uint8Array, header: number, next: Next): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const kind = Math.floor(next() * 4);
  const at = Math.floor(next() * header);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1)
    return Buffer.concat([copy.subarray(0, at), Buffer.from([next() * 256]), copy.subarray(at)]);
  const changes = kind === 2 ? 1 : 8;
  for (let i = 0; i < changes; i++) copy[Math.floor(next() * header)] = Math.floor(next() * 256);
  return copy;
}

/** What a JSON value is replaced with: each of another type, size or depth than any reader expects. */
const ODD: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 0,
  () => 0.5,
  () => 2 ** 40,
  () => '',
  () => '\u0000',
  () => '(',
  () => 'x'.repeat(50_000),
  () => [],
  () => ({}),
  () => [[[null]]],
  () => deep(300),
];

function deep(levels: number): unknown {
  let value: unknown = 'deep';
  for (let i = 0; i < levels; i++) value = { type: 'Sequence', normalizers: [value] };
  return value;
}

/** A JSON text that parses, with one value somewhere in it left out or replaced by something odd. */
export function mutateJson(text: string, next: Next): string {
  const root = JSON.parse(text) as Record<string, unknown>;
  let parent: Record<string, unknown> = root;
  let key = pick(Object.keys(parent), next);
  for (let inner = parent[key]; isBranch(inner) && next() < 0.7; inner = parent[key]) {
    parent = inner;
    key = pick(Object.keys(parent), next);
  }
  if (next() < 0.2) Reflect.deleteProperty(parent, key);
  else parent[key] = pick(ODD, next)();
  return JSON.stringify(root);
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function pick<T>(from: readonly T[], next: Next): T {
  return from[Math.floor(next() * from.length)] as T;
}
