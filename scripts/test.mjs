// Runs every check there is, some stages side by side, and sums up. Nothing but Node, npm and a network is needed.
//   npm test [-- STAGE...] [--grep PATTERN] [--pictures]
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './lib/dependencies.mjs';
import { runInLanes } from './lib/lanes.mjs';
import { chosenStages, prepare, runStage } from './lib/stages.mjs';
import { summaryOf } from './lib/summary.mjs';
import { Transcript } from './lib/transcript.mjs';

/** @typedef {import('./lib/stages.mjs').Stage} Stage */
/** @typedef {import('./lib/summary.mjs').Row} Row */

/** Stages wait for browsers and child processes half of the time: two of them keep two cores busy, three are no faster. */
const LANES = Math.min(4, Math.max(2, availableParallelism()));

const { values, positionals } = parseArgs({
  options: { grep: { type: 'string' }, pictures: { type: 'boolean' } },
  allowPositionals: true,
});

// For tests that load ONNX Runtime by themselves; see src/inference/runtime.ts.
process.env.ORT_DISABLE_TELEMETRY = '1';
// Hundreds of pictures of the panels for who looks at them: no test compares them.
if (!values.pictures) process.env.NO_PICTURES = '1';

/**
 * Runs stages to their end: those that others need first, then the others side by side.
 * @param {Stage[]} stages
 */
async function runStages(stages) {
  const transcript = new Transcript(stages.length, (text) => process.stdout.write(text));
  flushWhenBrokenOff(transcript);
  /** @type {Map<string, Row>} */
  const rows = new Map();
  const run = async (/** @type {Stage} */ stage) => {
    const index = stages.indexOf(stage);
    const failed = (stage.needs ?? []).filter((name) => rows.get(name)?.failed);
    rows.set(stage.name, await timed(stage, failed, (text) => transcript.add(index, text)));
    transcript.end(index);
  };
  const isNeeded = (/** @type {Stage} */ { name }) => stages.some(({ needs }) => needs?.includes(name));
  for (const stage of stages.filter(isNeeded)) await run(stage);
  await runInLanes(
    stages.filter((stage) => !isNeeded(stage)),
    LANES,
    run,
  );
  return stages.flatMap(({ name }) => rows.get(name) ?? []);
}

/**
 * @param {Stage} stage
 * @param {string[]} failed Stages that it needs, which failed.
 * @param {(text: string) => void} show
 * @returns {Promise<Row>}
 */
async function timed(stage, failed, show) {
  let output = '';
  const onOutput = (/** @type {string} */ text) => {
    output += text;
    show(text);
  };
  show(`\n=== ${stage.name}\n`);
  const start = performance.now();
  const outcome =
    failed.length > 0
      ? { passed: 0, failed: 1, problem: `not run, since ${failed.join(' and ')} failed.` }
      : await runStage(stage, { onOutput, grep: values.grep });
  return { name: stage.name, ...outcome, output, seconds: (performance.now() - start) / 1000 };
}

/**
 * What stages printed while others were shown must not be lost.
 * @param {Transcript} transcript
 */
function flushWhenBrokenOff(transcript) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, () => {
      transcript.flush();
      process.exit(1);
    });
  }
}

try {
  const stages = chosenStages(positionals);
  await ensureDependencies();
  // Downloads go on beside the first stages. What goes wrong is said by the stage that needs them.
  for (const { machine } of stages) prepare(machine).catch(() => undefined);
  const rows = await runStages(stages);
  console.log(summaryOf(rows));
  process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
