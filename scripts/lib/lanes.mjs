/**
 * Runs a list side by side: one lane takes it from the front, the others from its end. Of a list with the cheap items
 * first, the lanes so end at about the same time, without knowing how long any of them takes.
 * @template T, R
 * @param {readonly T[]} items
 * @param {number} lanes How many to run at a time, at least 1.
 * @param {(item: T) => Promise<R>} run
 * @returns {Promise<R[]>} In the order of the list. Rejects as soon as a run does.
 */
export async function runInLanes(items, lanes, run) {
  /** @type {R[]} */
  const results = new Array(items.length);
  let first = 0;
  let last = items.length - 1;
  const work = async (/** @type {boolean} */ fromFront) => {
    while (first <= last) {
      const index = fromFront ? first++ : last--;
      results[index] = await run(/** @type {T} */ (items[index]));
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane === 0)));
  return results;
}
