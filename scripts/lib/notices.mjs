import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './paths.mjs';

/** Packages without a licence text of their own: the texts in `licenses/` that are theirs. */
const TEXTS = {
  'onnxruntime-node': ['onnxruntime.txt', 'onnxruntime-third-party.txt'],
  'onnxruntime-common': ['onnxruntime.txt'],
  '@microsoft/fast-element': ['fast.txt'],
  '@microsoft/fast-foundation': ['fast.txt'],
  '@microsoft/fast-web-utilities': ['fast.txt'],
  '@vscode/l10n': ['vscode-l10n.txt'],
};

const RULE = '='.repeat(100);

/**
 * The licence notices of everything in a package that others wrote.
 * @param {string[]} folders Of the npm packages, relative to the repository, as of `Bundle.sources`.
 * @returns {Promise<string>} Rejects where a package has no licence text.
 */
export async function thirdPartyNotices(folders) {
  const packages = await Promise.all([...new Set(folders)].sort().map(describePackage));
  /** @type {Map<string, string[]>} Text -> whose it is: the same text is printed once. */
  const texts = new Map();
  for (const { title, text } of packages) texts.set(text, [...(texts.get(text) ?? []), title]);
  const sections = [...texts].map(([text, titles]) => `${RULE}\n${titles.join('\n')}\n${RULE}\n\n${text}\n`);
  return `Transformer Probe contains parts of these packages. What its models learned from is in NOTICE.\n\n${sections.join('\n')}`;
}

/** @param {string} folder */
async function describePackage(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(path.join(root, folder, 'package.json'), 'utf8'),
  );
  const files = [...(await ownTexts(folder)), ...keptTexts(name)];
  if (files.length === 0)
    throw new Error(`${name} is shipped, but has no licence text: put it into licenses/.`);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return { title: `${name} ${version} (${license})`, text: texts.map((text) => text.trim()).join('\n\n') };
}

/** @param {string} folder Of a package. */
async function ownTexts(folder) {
  const names = await readdir(path.join(root, folder));
  const top = names.filter((name) => /^(licen[sc]e|notices?)(\.\w+)?$/i.test(name)).sort();
  const further = path.join(root, folder, 'licenses');
  const inner = existsSync(further) ? (await readdir(further)).sort() : [];
  return [
    ...top.map((name) => path.join(root, folder, name)),
    ...inner.map((name) => path.join(further, name)),
  ];
}

/** @param {string} name Of a package. */
function keptTexts(name) {
  const names = TEXTS[/** @type {keyof typeof TEXTS} */ (name)] ?? [];
  return names.map((file) => path.join(root, 'licenses', file));
}
