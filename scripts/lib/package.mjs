import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildBundles } from './bundles.mjs';
import { thirdPartyNotices } from './notices.mjs';
import { root } from './paths.mjs';
import { readVsix } from './vsix.mjs';

/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {import('./bundles.mjs').Bundle} Bundle */

/** Packages that are not bundled, because of their native files: they lie in `dist/node_modules`, beside the bundles. */
const RUNTIME = ['onnxruntime-node', 'onnxruntime-common'];

/** What is copied before `.vscodeignore`, an allow-list, says what of it is shipped. */
const TAKEN = ['CHANGELOG.md', 'LICENSE', 'NOTICE', 'SUPPORT.md', '.vscodeignore', 'l10n', 'media', 'models'];

/**
 * The bundles and the notices that all packages have in common.
 * @param {string} folder
 * @returns {Promise<Bundle[]>}
 */
export async function buildCommon(folder) {
  const bundles = await buildBundles({ outdir: path.join(folder, 'dist'), production: true });
  const bundled = bundles.flatMap(({ sources }) => Object.keys(sources)).filter(Boolean);
  const notices = await thirdPartyNotices([...bundled, ...RUNTIME.map((name) => `node_modules/${name}`)]);
  await writeFile(path.join(folder, 'ThirdPartyNotices.txt'), notices);
  return bundles;
}

/**
 * Lays out what a package is made from, in a folder of its own: vsce takes minutes to look through the repository.
 * @param {Target} target
 * @param {string} common The folder of `buildCommon`.
 * @param {string} stage
 */
export async function stagePackage(target, common, stage) {
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  const names = (await readdir(root)).filter(
    (name) => TAKEN.includes(name) || /^package\.nls.*\.json$/.test(name),
  );
  for (const name of names) await linkAll(path.join(root, name), path.join(stage, name));
  await linkAll(common, stage);
  await stageRuntime(target, path.join(stage, 'dist', 'node_modules'));
  await writeFile(path.join(stage, 'package.json'), await shippedManifest());
  await writeFile(path.join(stage, 'README.md'), await shippedReadme());
}

/**
 * @param {Target} target
 * @param {string} folder
 */
async function stageRuntime({ bin, files }, folder) {
  for (const name of RUNTIME) {
    const source = path.join(root, 'node_modules', name);
    await linkAll(path.join(source, 'dist'), path.join(folder, name, 'dist'));
    await linkAll(path.join(source, 'package.json'), path.join(folder, name, 'package.json'));
  }
  const place = path.join('onnxruntime-node', 'bin', 'napi-v6', bin);
  for (const file of files)
    await linkAll(path.join(root, 'node_modules', place, file), path.join(folder, place, file));
}

/** What of package.json only developers use. */
const DEVELOPMENT = ['scripts', 'dependencies', 'devDependencies'];

/** The manifest without that. */
async function shippedManifest() {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const parts = Object.entries(manifest).filter(([part]) => !DEVELOPMENT.includes(part));
  return `${JSON.stringify(Object.fromEntries(parts), null, 2)}\n`;
}

/** The README with its pictures inside and without links to files: VS Code shows it alone. */
async function shippedReadme() {
  const text = await readFile(path.join(root, 'README.md'), 'utf8');
  const pictures = [...text.matchAll(/\]\((media\/[\w-]+\.png)\)/g)].map((match) => String(match[1]));
  const data = await Promise.all(pictures.map((file) => readFile(path.join(root, file), 'base64')));
  const whole = pictures.reduce(
    (so, file, i) => so.replace(`](${file})`, `](data:image/png;base64,${data[i]})`),
    text,
  );
  return whole.replace(/(?<!!)\[([^\]]+)\]\((?!https:|#)[^)]+\)/g, '$1');
}

/**
 * The files that a staged package will hold.
 * @param {string} stage
 */
export async function stagedFiles(stage) {
  const files = await listFiles({ cwd: stage, packageManager: PackageManager.None });
  return files.sort();
}

/**
 * @param {Target} target
 * @param {string} stage
 * @param {string} folder Where the VSIX goes.
 */
export async function pack({ name, budget }, stage, folder) {
  const packagePath = path.join(folder, `transformer-probe-${name}.vsix`);
  await mkdir(folder, { recursive: true });
  const options = { dependencies: false, rewriteRelativeLinks: false, allowMissingRepository: true };
  await quietly(() => createVSIX({ cwd: stage, target: name, packagePath, ...options }));
  const megabytes = (await stat(packagePath)).size / 1e6;
  if (megabytes > budget)
    throw new Error(
      `${path.basename(packagePath)} has ${megabytes.toFixed(1)} MB: the budget is ${budget} MB.`,
    );
  return { file: packagePath, megabytes, parts: partsOf(await readVsix(packagePath)) };
}

/** The groups that make up a package, by the start of the path. */
const PARTS = {
  runtime: 'extension/dist/node_modules/',
  models: 'extension/models/',
  panels: 'extension/dist/webview/',
  program: 'extension/dist/',
  rest: '',
};

/** @typedef {keyof typeof PARTS} Part */

/**
 * Zipped megabytes of each part.
 * @param {import('./vsix.mjs').ZippedFile[]} files
 * @returns {Record<Part, number>}
 */
function partsOf(files) {
  const names = /** @type {Part[]} */ (Object.keys(PARTS));
  const sizes = { runtime: 0, models: 0, panels: 0, program: 0, rest: 0 };
  for (const { file, zipped } of files) {
    const part = names.find((name) => file.startsWith(PARTS[name])) ?? 'rest';
    sizes[part] += zipped / 1e6;
  }
  return sizes;
}

/**
 * A file or a folder with everything in it, as hard links where the disk has them: stages of all platforms cost nothing.
 * @param {string} source
 * @param {string} target
 */
async function linkAll(source, target) {
  if (!existsSync(source)) throw new Error(`${path.relative(root, source)} is missing: run npm ci.`);
  await mkdir(path.dirname(target), { recursive: true });
  if ((await stat(source)).isFile()) return link(source, target).catch(() => copyFile(source, target));
  await mkdir(target, { recursive: true });
  for (const name of await readdir(source)) await linkAll(path.join(source, name), path.join(target, name));
}

/**
 * vsce lists the files and the size by itself; that is for us to say.
 * @param {() => Promise<void>} work
 */
async function quietly(work) {
  const { log } = console;
  console.log = () => undefined;
  try {
    await work();
  } finally {
    console.log = log;
  }
}
