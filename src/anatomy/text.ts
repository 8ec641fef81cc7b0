import type { Anatomy, ComparisonRow, Component, StructuralDiff } from '../shared/anatomy';

const MAX_LABEL = 44;
const COMPONENT_HEAD = ['| component | parameters | share | size |', '| --- | ---: | ---: | ---: |'];
/** Differences that are listed; the rest is counted. */
const MAX_CHANGES = 40;

/** A model as an indented tree: parameters, share and bytes of each part. */
export function* treeLines(anatomy: Anatomy): Generator<string> {
  const { facts, problems } = anatomy;
  const what = [facts.class ?? facts.architecture, facts.family].filter((part) => part !== null);
  yield `${anatomy.name}${what.length ? ` (${what.join(', ')})` : ''}`;
  yield `${count(anatomy.parameters)} parameters, ${size(anatomy.bytes)}, ${dtypes(anatomy)}`;
  for (const problem of problems) yield `! ${problem}`;
  yield '';
  for (const component of anatomy.components) yield* componentLines(anatomy, component, 0);
}

function* componentLines(anatomy: Anatomy, component: Component, depth: number): Generator<string> {
  const { label, parameters, share, bytes, children } = component;
  const times = component.count !== undefined && component.count > 1 ? ` x ${component.count}` : '';
  const layers = component.layers ? ` (${ranges(component.layers)})` : '';
  const name = `${'  '.repeat(depth)}${label}${times}${layers}`.slice(0, MAX_LABEL).padEnd(MAX_LABEL);
  const note = parameters === 0 && component.kind !== 'constants' ? '  tied' : '';
  yield `${name} ${count(parameters).padStart(16)} ${percent(share)} ${size(bytes).padStart(9)}${note}`;
  for (const child of children) yield* componentLines(anatomy, child, depth + 1);
}

/** A model as Markdown: facts, components, precisions. */
export function* markdownLines(anatomy: Anatomy, facts: readonly ComparisonRow[]): Generator<string> {
  yield `# ${cell(anatomy.name)}`;
  for (const problem of anatomy.problems) yield* ['', `> ${cell(problem)}`];
  yield* ['', '| | |', '| --- | --- |'];
  for (const { label, values } of facts) yield `| ${label} | ${cell(values[0] ?? '')} |`;
  yield* ['', ...COMPONENT_HEAD];
  for (const component of anatomy.components) yield* markdownRows(component, 0);
  yield* ['', '| type | tensors | parameters | size |', '| --- | ---: | ---: | ---: |'];
  for (const { dtype, tensors, parameters, bytes } of anatomy.precisions) {
    yield `| ${dtype} | ${tensors} | ${count(parameters)} | ${size(bytes)} |`;
  }
}

/** One component as a Markdown table. */
export function* componentMarkdown(component: Component): Generator<string> {
  yield* COMPONENT_HEAD;
  yield* markdownRows(component, 0);
}

function* markdownRows(component: Component, depth: number): Generator<string> {
  const times = component.count !== undefined && component.count > 1 ? ` × ${component.count}` : '';
  const name = `${'&emsp;'.repeat(depth)}${cell(component.label)}${times}`;
  yield `| ${name} | ${count(component.parameters)} | ${percent(component.share).trim()} | ${size(component.bytes)} |`;
  for (const child of component.children) yield* markdownRows(child, depth + 1);
}

/** Two models side by side, then how their parameters differ. */
export function* diffLines(
  names: readonly string[],
  rows: readonly ComparisonRow[],
  diff: StructuralDiff,
  asMarkdown: boolean,
): Generator<string> {
  const table = [
    ['', ...names],
    ...rows.map(({ label, values }) => [label, ...values.map((value) => value ?? '')]),
  ];
  yield* asMarkdown ? markdownTable(table) : plainTable(table);
  yield '';
  yield `${diff.same} tensors are the same in shape and name, ${diff.changes.length} are not.`;
  for (const change of diff.changes.slice(0, MAX_CHANGES)) {
    const bullet = asMarkdown ? `- ${cell(changeText(change))}` : `  ${changeText(change)}`;
    yield bullet;
  }
  if (diff.changes.length > MAX_CHANGES) yield `  and ${diff.changes.length - MAX_CHANGES} more; see --json`;
}

function changeText(change: StructuralDiff['changes'][number]): string {
  const shape = `[${change.shape.join(', ')}]`;
  if (change.kind === 'renamed') return `renamed   ${change.from} -> ${change.name} ${shape}`;
  if (change.kind === 'reshaped') return `reshaped  ${change.name} [${change.from.join(', ')}] -> ${shape}`;
  return `only in ${change.side === 'left' ? 'the first' : 'the second'}  ${change.name} ${shape}`;
}

function* plainTable(rows: readonly string[][]): Generator<string> {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  for (const row of rows)
    yield row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
}

function* markdownTable(rows: readonly string[][]): Generator<string> {
  for (const [i, row] of rows.entries()) {
    yield `| ${row.map(cell).join(' | ')} |`;
    if (i === 0) yield `| ${row.map(() => '---').join(' | ')} |`;
  }
}

/** A text in a Markdown cell: nothing in it is markup. */
function cell(text: string): string {
  return text.replace(/[\\`*_[\]<>|#&~]/g, '\\$&').replace(/\s+/g, ' ');
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`.padStart(6);
}

/** Bytes as people read them, in powers of 1000. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit]}`;
}

function dtypes({ precisions }: Anatomy): string {
  const used = precisions.filter(({ parameters }) => parameters > 0).map(({ dtype }) => dtype);
  return used.length ? used.join(', ') : 'no weights';
}

/** `0-11`, `0, 2-5`. */
export function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
