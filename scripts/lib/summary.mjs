/** @typedef {import('./stages.mjs').Outcome & { name: string, seconds: number, output: string }} Row */

const END_LINES = 60;

/**
 * A table of all stages. Below it, for each that failed, the end of its output once more: whoever looks into a failure
 * looks at the end of the log first.
 * @param {Row[]} rows
 */
export function summaryOf(rows) {
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  const head = line('stage', 'passed', 'failed', 'seconds');
  const table = rows.map((row) => line(row.name, row.passed, row.failed, row.seconds.toFixed(1)));
  const failures = rows.filter((row) => row.failed > 0);
  return [
    ['', head, ...table, ''],
    failures.flatMap(({ name, output }) => [`=== ${name}: the end of its output`, endOf(output), '']),
    failures.flatMap(({ name, problem }) => (problem ? [`${name}: ${problem}`] : [])),
    [`${passed} passed, ${failed} failed${inNames(failures)}`],
  ]
    .flat()
    .join('\n');
}

/** @param {(string | number)[]} cells */
function line(...cells) {
  const [name = '', ...numbers] = cells.map(String);
  return [name.padEnd(12), ...numbers.map((number) => number.padStart(9))].join('');
}

/** @param {string} output */
function endOf(output) {
  return output.trimEnd().split('\n').slice(-END_LINES).join('\n');
}

/** @param {Row[]} failures */
function inNames(failures) {
  return failures.length > 0 ? ` in ${failures.map(({ name }) => name).join(', ')}` : '';
}
