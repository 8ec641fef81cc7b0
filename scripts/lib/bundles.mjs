import * as esbuild from 'esbuild';
import { mkdir, rm, writeFile } from 'node:fs/promises';
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
      // The table of probes is loaded when one is first asked for. What both need is in files of its own.
      entryPoints: { extension: 'src/extension.ts', probes: 'src/probes/table.ts' },
      ...{ format: 'esm', splitting: true, chunkNames: 'part-[hash]', write: false },
      sourcemap: production ? false : 'inline',
      plugins: [asCommonJs(production)],
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
      const name = path.relative(outdir, path.join(root, file)).replaceAll('\\', '/');
      return { file: name, bytes, sources };
    });
}

/** @param {string} file `node_modules/a/node_modules/@b/c/d.js` -> `node_modules/a/node_modules/@b/c`; '' for our own. */
function packageFolder(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '';
}
