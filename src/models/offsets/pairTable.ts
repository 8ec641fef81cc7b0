/** Hash table from a pair of token ids to the rank of their merge and the id of the merged token. */
export class PairTable {
  private readonly mask: number;
  private readonly cells: Int32Array;

  /** Takes the most pairs that will be added. */
  constructor(pairs: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, pairs * 2)));
    this.mask = capacity - 1;
    this.cells = new Int32Array(capacity * 4).fill(-1);
  }

  set(left: number, right: number, rank: number, merged: number): void {
    const cell = this.find(left, right);
    this.cells[cell] = left;
    this.cells[cell + 1] = right;
    this.cells[cell + 2] = rank;
    this.cells[cell + 3] = merged;
  }

  /** The rank of a pair's merge, or -1. */
  rank(left: number, right: number): number {
    return this.cells[this.find(left, right) + 2] ?? -1;
  }

  /** The id of the merged token, or -1. */
  merged(left: number, right: number): number {
    return this.cells[this.find(left, right) + 3] ?? -1;
  }

  private find(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) & this.mask;
    slot ^= slot >>> 15;
    for (;;) {
      const cell = (slot & this.mask) * 4;
      const found = this.cells[cell];
      if (found === -1 || (found === left && this.cells[cell + 1] === right)) return cell;
      slot++;
    }
  }
}
