/** @typedef {import('./package.mjs').Part} Part */

/**
 * @typedef {object} Packed A package that was made.
 * @property {number} megabytes
 * @property {Record<Part, number>} parts Zipped megabytes.
 */

/** What the parts are called. */
const NAMES = {
  runtime: 'ONNX Runtime',
  models: 'models',
  panels: 'panels',
  program: 'program',
  rest: 'pictures, notices and the rest',
};

const PARTS = /** @type {Part[]} */ (Object.keys(NAMES));

/** @param {number} megabytes */
const figure = (megabytes) => megabytes.toFixed(1);

/**
 * One line: the size, and what makes it up.
 * @param {Packed} packed
 */
export function packageRow({ megabytes, parts }) {
  const shares = PARTS.map((part) => `${NAMES[part]} ${figure(parts[part])}`);
  return `${figure(megabytes)} MB: ${shares.join(', ')}`;
}

/**
 * The README's table.
 * @param {(Packed & { target: import('./targets.mjs').Target })[]} rows
 */
export function sizeTable(rows) {
  const head = ['package', 'MB', 'at most', ...PARTS.map((part) => NAMES[part])];
  const body = rows.map(({ target, megabytes, parts }) => [
    `\`${target.name}\``,
    figure(megabytes),
    String(target.budget),
    ...PARTS.map((part) => figure(parts[part])),
  ]);
  const lines = [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n\nZipped megabytes (10^6 bytes), as \`npm run package -- --all\` printed them.\n`;
}

/**
 * The most that bundles may weigh: kilobytes (10^3 bytes), minified. The extension host loads `extension.js` when the
 * extension is activated, `probes.js` when a probe is asked for and `anatomyExplorer.js` with its view; parts are
 * what these share and what is loaded later still. A panel loads its own bundle when it is opened.
 * @type {Record<string, number>}
 */
const BUNDLE_BUDGETS = {
  'extension.js': 130,
  'probes.js': 350,
  'anatomyExplorer.js': 80,
  'part-*.js': 320,
  'inference.js': 400,
  'anatomy.js': 200,
  'cli.js': 1800,
  'webview/attention.js': 950,
  'webview/probe.js': 950,
  'webview/anatomy.js': 850,
};

/**
 * @param {import('./bundles.mjs').Bundle[]} bundles
 * @returns {{ lines: string[], over: string[] }} A line a bundle with its largest parts, and those over their budget.
 */
export function bundleReport(bundles) {
  const kilobytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e3)} kB`;
  const all = withPartsAsOne(bundles);
  const lines = all.map(({ file, bytes, sources }) => {
    const large = Object.entries(sources).filter(([, size]) => size >= 1e3);
    const parts = large.sort(([, one], [, other]) => other - one);
    const named = parts.map(
      ([folder, size]) => `${folder.split('node_modules/').at(-1) || 'own'} ${kilobytes(size)}`,
    );
    return `${file.padEnd(22)} ${kilobytes(bytes).padStart(8)}: ${named.join(', ')}`;
  });
  const over = all
    .filter(({ file, bytes }) => bytes / 1e3 > (BUNDLE_BUDGETS[file] ?? Infinity))
    .map(({ file, bytes }) => `${file} has ${kilobytes(bytes)}: the budget is ${BUNDLE_BUDGETS[file]} kB.`);
  return { lines, over };
}

/**
 * @param {import('./bundles.mjs').Bundle[]} bundles
 * @returns {import('./bundles.mjs').Bundle[]} With all parts that bundles share under one name.
 */
function withPartsAsOne(bundles) {
  /** @type {Map<string, import('./bundles.mjs').Bundle>} */
  const all = new Map();
  for (const { file, bytes, sources } of bundles) {
    const name = file.replace(/^part-\w+/, 'part-*');
    const one = all.get(name) ?? { file: name, bytes: 0, sources: {} };
    all.set(name, one);
    one.bytes += bytes;
    for (const [folder, size] of Object.entries(sources))
      one.sources[folder] = (one.sources[folder] ?? 0) + size;
  }
  return [...all.values()];
}
