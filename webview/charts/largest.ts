/**
 * Indices of the `count` values farthest from zero, the farthest first; fewer where there are fewer that are not 0. A
 * quarter of a million values take a native sort of their sizes, not one by a comparison of indices.
 */
export function farthest(values: Float32Array, count: number): number[] {
  const sizes = values.map(Math.abs).sort();
  const least = sizes[Math.max(0, sizes.length - count)] ?? 0;
  const [beyond, at]: [number[], number[]] = [[], []];
  values.forEach((value, index) => {
    const size = Math.abs(value);
    if (size > least) beyond.push(index);
    else if (size === least && size > 0 && at.length < count) at.push(index);
  });
  const size = (index: number) => Math.abs(values[index] as number);
  return [...beyond.sort((a, b) => size(b) - size(a)), ...at].slice(0, count);
}
