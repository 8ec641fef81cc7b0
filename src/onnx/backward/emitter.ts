import type { Graph } from '../graph';
import type { NewAttribute, NewNode, NewTensor } from '../taps';
import type { Shapes } from './request';

/** Opset that emitted nodes are written for; see `raiseOpset`. */
export const EMITTED_OPSET = 18;

const FLOAT_KINDS = new Set([10, 11, 16]);

/**
 * Writes nodes behind those of a graph. Tensors are names; the sizes of the graph's own are known from one run, and of
 * those only the rank and which sizes are 1 is used, so that what is written holds for all sizes.
 */
export class Emitter {
  readonly nodes: NewNode[] = [];
  readonly initializers: NewTensor[] = [];
  private readonly taken: Set<string>;
  private readonly known = new Map<string, string>();
  /** Some floats are not float32: constants follow the tensors that they meet. */
  private readonly mixed: boolean;

  constructor(
    graph: Graph,
    private readonly shapes: Shapes,
  ) {
    const values = [...graph.inputs, ...graph.initializers].map((value) => value.name);
    this.taken = new Set([...values, ...graph.nodes.flatMap((node) => node.outputs)]);
    this.mixed = graph.initializers.some(({ dataType }) => FLOAT_KINDS.has(dataType));
  }

  /** A name that the graph does not have yet. */
  fresh(hint: string): string {
    let name = `backward/${hint}`;
    for (let i = 1; this.taken.has(name); i++) name = `backward/${hint}_${i}`;
    this.taken.add(name);
    return name;
  }

  /** One node with one output, whose name is returned. */
  op(opType: string, inputs: string[], attributes?: Record<string, NewAttribute>): string {
    return this.split(opType, inputs, 1, attributes)[0] as string;
  }

  /** One node with `count` outputs. */
  split(
    opType: string,
    inputs: string[],
    count: number,
    attributes?: Record<string, NewAttribute>,
    domain = '',
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh(opType));
    this.nodes.push({ opType, domain, inputs, outputs, ...(attributes && { attributes }) });
    return outputs;
  }

  /** A float scalar of the type of `like`. */
  scalar(value: number, like: string): string {
    const constant = this.once(`float ${value}`, () => this.constant([], Float32Array.of(value)));
    return this.mixed ? this.op('CastLike', [constant, like]) : constant;
  }

  /** An int64 vector. */
  ints(values: readonly number[]): string {
    return this.once(`ints ${values.join()}`, () =>
      this.constant([values.length], BigInt64Array.from(values, BigInt)),
    );
  }

  /** An int64 scalar. */
  int(value: number): string {
    return this.once(`int ${value}`, () => this.constant([], BigInt64Array.of(BigInt(value))));
  }

  /** Sizes of a tensor of the graph, as they were in the traced run. */
  sizes(tensor: string): readonly number[] {
    const sizes = this.shapes.get(tensor);
    if (!sizes) throw new RangeError('A tensor on the way of the gradient was not traced.');
    return sizes;
  }

  rank(tensor: string): number {
    return this.sizes(tensor).length;
  }

  /** Shape of a tensor, int64 [rank]. */
  shapeOf(tensor: string): string {
    return this.once(`shape ${tensor}`, () => this.op('Shape', [tensor]));
  }

  /** One size of a tensor, int64 [1]. `axis` is not negative. */
  sizeOf(tensor: string, axis: number): string {
    const range = { start: int(axis), end: int(axis + 1) };
    return this.once(`size ${axis} ${tensor}`, () => this.op('Shape', [tensor], range));
  }

  /** `gradient` in the shape of `tensor`; both have as many elements. */
  reshapeLike(gradient: string, tensor: string): string {
    return this.op('Reshape', [gradient, this.shapeOf(tensor)]);
  }

  zerosLike(tensor: string): string {
    const zeros = this.op('ConstantOfShape', [this.shapeOf(tensor)]);
    return this.mixed ? this.op('CastLike', [zeros, tensor]) : zeros;
  }

  transpose(tensor: string, perm: readonly number[]): string {
    return this.op('Transpose', [tensor], { perm: { type: 'ints', value: [...perm] } });
  }

  /** The last two axes swapped; `rank` is the tensor's. */
  swapLast(tensor: string, rank: number): string {
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return this.transpose(tensor, [...axes.slice(0, -2), rank - 1, rank - 2]);
  }

  unsqueeze(tensor: string, axis: number): string {
    return this.op('Unsqueeze', [tensor, this.ints([axis])]);
  }

  sum(tensor: string, axes: readonly number[], keepdims: boolean): string {
    return this.op('ReduceSum', [tensor, this.ints(axes)], { keepdims: int(keepdims ? 1 : 0) });
  }

  mean(tensor: string, axes: readonly number[]): string {
    return this.op('ReduceMean', [tensor, this.ints(axes)], { keepdims: int(1) });
  }

  /**
   * Undoes broadcasting: a gradient in the shape of the graph's tensor `from` (or in that shape), summed over the axes
   * along which the graph's tensor `to` was repeated to reach it.
   */
  sumTo(gradient: string, from: string | readonly number[], to: string): string {
    const wide = typeof from === 'string' ? this.sizes(from) : from;
    const narrow = this.sizes(to);
    const extra = wide.length - narrow.length;
    const leading = Array.from({ length: extra }, (_, axis) => axis);
    const repeated = narrow.flatMap((size, i) => (size === 1 && wide[i + extra] !== 1 ? [i + extra] : []));
    if (repeated.length === 0) return extra === 0 ? gradient : this.sum(gradient, leading, false);
    const summed = this.sum(gradient, [...leading, ...repeated], true);
    return extra === 0 ? summed : this.reshapeLike(summed, to);
  }

  private constant(dims: number[], data: NewTensor['data']): string {
    const name = this.fresh('constant');
    this.initializers.push({ name, dims, data });
    return name;
  }

  private once(key: string, make: () => string): string {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.known.set(key, made);
    return made;
  }
}

export function int(value: number): NewAttribute {
  return { type: 'int', value };
}

export function float(value: number): NewAttribute {
  return { type: 'float', value };
}
