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
