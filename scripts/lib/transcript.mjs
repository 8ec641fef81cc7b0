/**
 * The output of things that run side by side, as if they ran one after the other: the first of them that has not ended
 * is shown while it prints, what the ones behind it print is kept until it is their turn.
 */
export class Transcript {
  /** @type {string[]} */
  #kept;
  /** @type {boolean[]} */
  #ended;
  #turn = 0;
  #show;

  /**
   * @param {number} count
   * @param {(text: string) => void} show
   */
  constructor(count, show) {
    this.#kept = new Array(count).fill('');
    this.#ended = new Array(count).fill(false);
    this.#show = show;
  }

  /**
   * @param {number} index
   * @param {string} text
   */
  add(index, text) {
    if (index === this.#turn) this.#show(text);
    else this.#kept[index] += text;
  }

  /** @param {number} index */
  end(index) {
    this.#ended[index] = true;
    while (this.#ended[this.#turn]) this.#show(this.#take(++this.#turn));
  }

  /** Shows what is still kept: nothing that was printed may be lost where the run is broken off. */
  flush() {
    for (let index = this.#turn; index < this.#kept.length; index++) this.#show(this.#take(index));
  }

  /** @param {number} index */
  #take(index) {
    const text = this.#kept[index] ?? '';
    this.#kept[index] = '';
    return text;
  }
}
