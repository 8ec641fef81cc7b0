/**
 * @typedef {object} Target One platform that a package is made for.
 * @property {string} name VS Code's name of it.
 * @property {string} bin Where `onnxruntime-node` keeps its native files, below `bin/napi-v6`.
 * @property {string[]} files Those that are shipped.
 * @property {number} budget The most that the package may weigh, in megabytes (10^6 bytes).
 */

/**
 * What is left out of `onnxruntime-node`, and why the rest runs without it:
 * - macOS has its library twice, byte for byte; the binding asks for `libonnxruntime.1.dylib`.
 * - Windows: `DirectML.dll`, `dxcompiler.dll` and `dxil.dll` are not among what `onnxruntime.dll` imports; it looks for
 *   them when a session on a GPU is opened, in Windows' own folders too. They come without licence texts.
 * - CUDA and TensorRT are not in the npm package, but fetched by its install script, which is not run.
 * @type {Target[]}
 */
export const targets = [
  {
    name: 'linux-x64',
    bin: 'linux/x64',
    files: ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
    budget: 44,
  },
  {
    name: 'linux-arm64',
    bin: 'linux/arm64',
    files: ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
    budget: 36,
  },
  {
    name: 'darwin-arm64',
    bin: 'darwin/arm64',
    files: ['libonnxruntime.1.dylib', 'onnxruntime_binding.node'],
    budget: 39,
  },
  { name: 'win32-x64', bin: 'win32/x64', files: ['onnxruntime.dll', 'onnxruntime_binding.node'], budget: 37 },
  {
    name: 'win32-arm64',
    bin: 'win32/arm64',
    files: ['onnxruntime.dll', 'onnxruntime_binding.node'],
    budget: 37,
  },
];

/** What no package may weigh, whatever its own budget: megabytes. */
export const MOST_MEGABYTES = 60;

/**
 * @param {string} name
 * @returns {Target}
 */
export function targetNamed(name) {
  const found = targets.find((target) => target.name === name);
  if (found) return found;
  const known = targets.map((target) => target.name).join(', ');
  throw new Error(`There is no package for "${name}". There is one for ${known}.`);
}
