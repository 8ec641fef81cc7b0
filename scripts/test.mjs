// Runs every check there is, stage by stage, and sums up. Nothing but Node, npm and a network is needed.
//   npm test [-- STAGE...] [--grep PATTERN]
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './lib/dependencies.mjs';
import { runStage, stages } from './lib/stages.mjs';

// For tests that load ONNX Runtime by themselves; see src/inference/runtime.ts.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** @typedef {import('./lib/stages.mjs').Outcome & { name: string, seconds: number }} Row */

const { values, positionals } = parseArgs({
  options: { grep: { type: 'string' } },
  allowPositionals: true,
});

/** @param {string[]} names The stages asked for, with what they need; all of them where none is named. */
function chosenStages(names) {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const known = stages.map(({ name }) => name).join(', ');
    throw new Error(`There is no stage called ${unknown.join(', ')}. The stages are: ${known}.`);
  }
  if (names.length === 0) return stages;
  const wanted = stages.filter(({ name }) => names.includes(name));
  const needed = new Set(wanted.flatMap(({ name, needs = [] }) => [name, ...needs]));
  return stages.filter(({ name }) => needed.has(name));
}

/**
 * @param {import('./lib/stages.mjs').Stage} stage
 * @returns {Promise<Row>}
 */
async function timed(stage) {
  console.log(`\n=== ${stage.name}`);
  const start = performance.now();
  const outcome = await runStage(stage, values.grep);
  return { name: stage.name, ...outcome, seconds: (performance.now() - start) / 1000 };
}

/** @param {Row[]} rows */
function printSummary(rows) {
  console.log(
    `\n${'stage'.padEnd(12)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`,
  );
  for (const { name, passed, failed, seconds } of rows) {
    const numbers = [String(passed).padStart(8), String(failed).padStart(8), seconds.toFixed(1).padStart(9)];
    console.log(name.padEnd(12) + numbers.join(''));
  }
  for (const { name, problem } of rows) if (problem) console.log(`\n${name}: ${problem}`);
}

try {
  const chosen = chosenStages(positionals);
  await ensureDependencies();
  /** @type {Row[]} */
  const rows = [];
  for (const stage of chosen) rows.push(await timed(stage));
  printSummary(rows);
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(`\n${passed} passed, ${failed} failed`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
