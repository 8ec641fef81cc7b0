import * as esbuild from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './paths.mjs';

/**
 * @typedef {object} BuildOptions
 * @property {string} outdir
 * @property {boolean} [production] Small, without source maps.
 */

/**
 * @typedef {object} Bundle
 * @property {string} file In the output folder, such as `webview/probe.js`.
 * @property {number} bytes
 * @property {Record<string, number>} sources Bytes by the folder of the package that they come from; '' is ours.
 */

/**
 * The bundles of the extension host, the inference process, the CLI and the webviews.
 * @param {BuildOptions} options
 * @returns {esbuild.BuildOptions[]}
 */
function bundleOptions({ outdir, production = false }) {
  /** @type {esbuild.BuildOptions} */
  const common = {
    absWorkingDir: root,
    bundle: true,
    minify: production,
    sourcemap: production ? false : 'linked',
    logLevel: 'warning',
    metafile: true,
  };
  /** @type {esbuild.BuildOptions} */
  const node = {
    ...common,
    outdir,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'onnxruntime-node'],
  };
  return [
    {
      ...node,
      // Probes and the anatomy explorer are loaded when first asked for. What these need in common is in files of its own.
      entryPoints: {
        extension: 'src/extension.ts',
        probes: 'src/views/probeBundle.ts',
        anatomyExplorer: 'src/commands/anatomyExplorer.ts',
      },
      ...{ format: 'esm', splitting: true, chunkNames: 'part-[hash]', write: false },
      sourcemap: production ? false : 'inline',
      plugins: [onePartAtStart(), asCommonJs(production)],
    },
    { ...node, entryPoints: { inference: 'src/inference/process.ts' } },
    { ...node, entryPoints: { anatomy: 'src/anatomy/worker.ts' } },
    { ...node, entryPoints: { cli: 'src/cli/main.ts' }, banner: { js: '#!/usr/bin/env node' } },
    {
      ...common,
      entryPoints: {
        attention: 'webview/panels/attention/main.ts',
        probe: 'webview/panels/probe/main.ts',
        anatomy: 'webview/panels/anatomy/main.ts',
      },
      outdir: path.join(outdir, 'webview'),
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
    },
  ];
}

const START = path.join(root, 'src', 'extension.ts');

/**
 * Puts everything that is loaded when the extension starts into one file. esbuild makes a file of each set of entries that
 * need the same modules, which would be some twenty small ones here, and each costs the host half a millisecond. Everything
 * that is loaded later imports what has been loaded by then, so that these sets are one.
 * @returns {esbuild.Plugin}
 */
function onePartAtStart() {
  return {
    name: 'one-part-at-start',
    setup: async (build) => {
      const late = await loadedLater(build.initialOptions);
      build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (!late.has(file)) return undefined;
        const contents = `${await readFile(file, 'utf8')}\nimport ${JSON.stringify(START)};\n`;
        return { contents, loader: 'ts', resolveDir: path.dirname(file) };
      });
    },
  };
}

/**
 * @param {esbuild.BuildOptions} options
 * @returns {Promise<Set<string>>} The other entries, and every module that is imported when it is needed.
 */
async function loadedLater(options) {
  const { metafile } = await esbuild.build({ ...options, plugins: [], sourcemap: false, logLevel: 'silent' });
  const inputs = Object.values(metafile?.inputs ?? {});
  const imported = inputs.flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'dynamic-import'));
  const entries = Object.values(/** @type {Record<string, string>} */ (options.entryPoints));
  const files = [...entries, ...imported.map((one) => one.path)].map((file) => path.join(root, file));
  return new Set(files.filter((file) => file !== START && file.startsWith(path.join(root, 'src'))));
}

/**
 * Writes a build of modules that esbuild can split as the modules that VS Code loads: it splits no others.
 * @param {boolean} production
 * @returns {esbuild.Plugin}
 */
function asCommonJs(production) {
  return {
    name: 'as-common-js',
    setup: (build) =>
      build.onEnd(async ({ outputFiles = [] }) => {
        await Promise.all(outputFiles.map(({ path: file, text }) => writeAsCommonJs(file, text, production)));
      }),
  };
}

/**
 * @param {string} file
 * @param {string} text
 * @param {boolean} production
 */
async function writeAsCommonJs(file, text, production) {
  const options = { format: /** @type {const} */ ('cjs'), platform: /** @type {const} */ ('node') };
  const { code, map } = await esbuild.transform(text, {
    ...{ ...options, target: 'node20', minify: production },
    sourcemap: production ? false : 'external',
  });
  await mkdir(path.dirname(file), { recursive: true });
  if (map) await writeFile(`${file}.map`, map);
  await writeFile(file, map ? `${code}//# sourceMappingURL=${path.basename(file)}.map\n` : code);
}

/**
 * Builds everything into an empty folder and says what is in it. Rejects after esbuild has said where and why.
 * @param {BuildOptions} options
 * @returns {Promise<Bundle[]>}
 */
export async function buildBundles(options) {
  await rm(options.outdir, { recursive: true, force: true });
  const results = await Promise.all(bundleOptions(options).map((one) => esbuild.build(one)));
  return results.flatMap(({ metafile }) =>
    describe(/** @type {esbuild.Metafile} */ (metafile), options.outdir),
  );
}

/** @param {BuildOptions} options Builds again after every change, until the process ends. */
export async function watchBundles(options) {
  await rm(options.outdir, { recursive: true, force: true });
  for (const one of bundleOptions(options)) await (await esbuild.context(one)).watch();
}

/**
 * @param {esbuild.Metafile} metafile
 * @param {string} outdir
 * @returns {Bundle[]}
 */
function describe({ outputs }, outdir) {
  return Object.entries(outputs)
    .filter(([file]) => !file.endsWith('.map'))
    .map(([file, { bytes, inputs }]) => {
      /** @type {Record<string, number>} */
      const sources = {};
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = packageFolder(input);
        sources[folder] = (sources[folder] ?? 0) + bytesInOutput;
      }
      // The part that the extension starts with counts as the entry, which only names it.
      const isStart = path.relative(root, START).replaceAll('\\', '/') in inputs;
      const name = isStart
        ? 'extension.js'
        : path.relative(outdir, path.join(root, file)).replaceAll('\\', '/');
      return { file: name, bytes, sources };
    });
}

/** @param {string} file `node_modules/a/node_modules/@b/c/d.js` -> `node_modules/a/node_modules/@b/c`; '' for our own. */
function packageFolder(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '';
}
