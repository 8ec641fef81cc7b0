/** A binary heap of numbers, smallest first. */
export class NumberHeap {
  private readonly values: number[] = [];

  push(value: number): void {
    const { values } = this;
    let index = values.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = values[parent] ?? 0;
      if (above <= value) break;
      values[index] = above;
      index = parent;
    }
    values[index] = value;
  }

  /** Takes the smallest number out; undefined when there is none. */
  pop(): number | undefined {
    const { values } = this;
    const top = values[0];
    const last = values.pop();
    if (last !== undefined && values.length > 0) this.sink(last);
    return top;
  }

  private sink(value: number): void {
    const { values } = this;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= values.length) break;
      if (child + 1 < values.length && (values[child + 1] ?? 0) < (values[child] ?? 0)) child++;
      const below = values[child] ?? 0;
      if (below >= value) break;
      values[index] = below;
      index = child;
    }
    values[index] = value;
  }
}
