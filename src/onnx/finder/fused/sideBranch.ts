import type { OnnxNode } from '../../graph';
import type { GraphAddition, NewAttribute, NewNode, NewTensor, NewValue } from '../../taps';

export const MICROSOFT = 'com.microsoft';

interface Op {
  opType: string;
  domain?: string;
  inputs: string[];
  attributes?: Record<string, NewAttribute>;
}

/**
 * Nodes to append to a graph that compute what a fused operator keeps to itself. The operator stays untouched; the side
 * branch computes it once more.
 */
export class SideBranch {
  private readonly nodes: NewNode[] = [];
  private readonly initializers: NewTensor[] = [];
  private readonly values: NewValue[] = [];

  /** `inputs`: what the operator is given when it is repeated. */
  constructor(
    private readonly node: OnnxNode,
    private readonly inputs: string[] = node.inputs,
  ) {}

  get addition(): GraphAddition {
    return { nodes: this.nodes, initializers: this.initializers, values: this.values };
  }

  /** A tensor name that no exporter gives, unique by the operator's position. */
  name(what: string): string {
    return `transformer_probe.${this.node.index}.${what}`;
  }

  /** Appends a node; its outputs are named after `outputs`, empty ones are left out. Returns the last one. */
  op(op: Op, ...outputs: string[]): string {
    const names = outputs.map((what) => (what === '' ? '' : this.name(what)));
    this.nodes.push({ ...op, outputs: names });
    return names.at(-1) ?? '';
  }

  /** The operator once more, with further attributes and outputs. Returns the last output. */
  repeat(attributes: Record<string, NewAttribute>, ...outputs: string[]): string {
    const { opType, domain } = this.node;
    return this.op(
      { opType, domain, inputs: this.inputs, attributes: { ...copied(this.node), ...attributes } },
      ...outputs,
    );
  }

  ints(what: string, ...values: number[]): string {
    this.initializers.push({
      name: this.name(what),
      dims: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
    return this.name(what);
  }

  /** States a tensor's element type, where the runtime cannot infer it. */
  state(name: string, elemType: number): void {
    this.values.push({ name, elemType });
  }

  softmax(scores: string, what: string): string {
    return this.op(
      { opType: 'Softmax', inputs: [scores], attributes: { axis: { type: 'int', value: -1 } } },
      what,
    );
  }

  /** [B, tokens, heads * d] -> [B, heads, tokens, d]. */
  heads(tensor: string, heads: number, what: string): string {
    const shape = this.ints(`${what}.shape`, 0, 0, heads, -1);
    const split = this.op({ opType: 'Reshape', inputs: [tensor, shape] }, `${what}.split`);
    return this.transposed(split, [0, 2, 1, 3], what);
  }

  transposed(tensor: string, perm: number[], what: string): string {
    const attributes = { perm: { type: 'ints' as const, value: perm } };
    return this.op({ opType: 'Transpose', inputs: [tensor], attributes }, what);
  }

  /** Positions `start` to `end` of an axis. */
  slice(tensor: string, axis: number, start: number, end: number, what: string): string {
    const bounds = [
      this.ints(`${what}.start`, start),
      this.ints(`${what}.end`, end),
      this.ints(`${what}.axis`, axis),
    ];
    return this.op({ opType: 'Slice', inputs: [tensor, ...bounds] }, what);
  }
}

/** The attributes of a node that can be written again; fused attention has no others. */
function copied(node: OnnxNode): Record<string, NewAttribute> {
  const made: Record<string, NewAttribute> = {};
  for (const [name, attribute] of node.attributes) {
    switch (attribute.type) {
      case 'int':
      case 'float':
      case 'ints':
      case 'floats':
      case 'string':
        made[name] = attribute;
    }
  }
  return made;
}
