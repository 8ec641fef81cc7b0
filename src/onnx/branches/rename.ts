import { bytesField, BYTES, concat, Fields, stringField } from '../wire';

/** The messages inside a graph that hold tensor names. */
type Kind = 'node' | 'attribute' | 'graph' | 'tensor' | 'value';

/** Which fields hold a tensor's name, and which lead to messages that do (field numbers of onnx.proto). */
const NAMES: Record<Kind, { names: readonly number[]; leads: Record<number, Kind> }> = {
  node: { names: [1, 2], leads: { 5: 'attribute' } },
  attribute: { names: [], leads: { 6: 'graph', 11: 'graph' } },
  graph: { names: [], leads: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value' } },
  tensor: { names: [8], leads: {} },
  value: { names: [1], leads: {} },
};

/**
 * A message with its tensors renamed, in nested graphs too: a name means one tensor in a graph and everything inside it,
 * as ONNX forbids a branch to hide a name from around it.
 */
export function renamed(kind: Kind, message: Uint8Array, names: ReadonlyMap<string, string>): Uint8Array {
  const { names: named, leads } = NAMES[kind];
  const parts: Uint8Array[] = [];
  const f = new Fields(message);
  for (let from = f.stop; f.next(); from = f.stop) {
    const inner = f.type === BYTES ? leads[f.number] : undefined;
    if (inner) parts.push(bytesField(f.number, renamed(inner, f.view(), names)));
    else if (named.includes(f.number)) parts.push(stringField(f.number, mapped(f.string(), names)));
    else parts.push(f.bytes.subarray(from, f.stop));
  }
  return concat(parts);
}

function mapped(name: string, names: ReadonlyMap<string, string>): string {
  return names.get(name) ?? name;
}
