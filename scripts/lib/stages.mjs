import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { root } from './paths.mjs';
import { run } from './processes.mjs';
import { ensureVSCodeServer } from './vscode-server.mjs';

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[]} [needs] Stages that must have run before.
 * @property {'chromium' | 'vscode' | 'oldest'} [machine] What the machine must have, installed on demand.
 * @property {string} [tests] A folder: every `*.test.ts` below it is run by Node's test runner.
 * @property {number} [concurrency] Test files at a time.
 * @property {string[][]} [commands] What to run instead, one after the other.
 * @property {string} [runs] The folder whose tests those commands run.
 */

/**
 * @typedef {object} Outcome
 * @property {number} passed Tests; or 1 for a command that is one check.
 * @property {number} failed
 * @property {string} [problem] Why a stage failed as a whole.
 */

/**
 * @typedef {object} RunStageOptions
 * @property {(text: string) => void} onOutput Gets what the stage prints.
 * @property {string} [grep] Only tests whose name matches.
 */

/** @type {Stage[]} Cheap ones first: in the order in which they are reported, and (see `runInLanes`) nearly run. */
export const stages = [
  { name: 'build', commands: [['node', 'scripts/build.mjs']] },
  { name: 'types', commands: [npmRun('check-types')] },
  { name: 'lint', commands: [npmRun('lint:code'), npmRun('lint:format')] },
  { name: 'unit', tests: 'test/unit', concurrency: 2 },
  { name: 'inference', tests: 'test/inference', concurrency: 1, needs: ['build'] },
  {
    name: 'oldest',
    needs: ['build'],
    machine: 'oldest',
    commands: [['node', '--import', 'tsx', 'test/vscode/launch.ts', '--oldest']],
  },
  { name: 'package', tests: 'test/package', concurrency: 1, machine: 'vscode' },
  {
    name: 'vscode',
    needs: ['build'],
    machine: 'vscode',
    commands: [['node', '--import', 'tsx', 'test/vscode/launch.ts']],
    runs: 'test/vscode/suite',
  },
  { name: 'flows', tests: 'test/vscode/flows', concurrency: 1, needs: ['build'], machine: 'vscode' },
  { name: 'webview', tests: 'test/webview', concurrency: 1, needs: ['build'], machine: 'chromium' },
];

/**
 * @param {string[]} names The stages asked for; all of them where none is named.
 * @returns {Stage[]} Those, and what they need.
 */
export function chosenStages(names) {
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

/** @param {string} script */
function npmRun(script) {
  return ['npm', 'run', '--silent', script];
}

/**
 * Runs a stage to its end; never rejects.
 * @param {Stage} stage
 * @param {RunStageOptions} options
 * @returns {Promise<Outcome>}
 */
export async function runStage(stage, { onOutput, grep }) {
  try {
    const env = { ...(await prepare(stage.machine)), ...(grep && { SUITE_GREP: grep }) };
    const commands = stage.tests
      ? [await nodeTest(stage.tests, stage.concurrency ?? 1, grep)]
      : (stage.commands ?? []);
    return await runCommands(commands, { env, onOutput, mayBeEmpty: grep !== undefined });
  } catch (error) {
    return { passed: 0, failed: 1, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** @typedef {Record<string, string>} Env */
/** @type {Map<Stage['machine'], Promise<Env>>} */
const prepared = new Map();

/**
 * Installs what stages need, once however many ask.
 * @param {Stage['machine']} machine
 * @returns {Promise<Env>} Environment for the stage.
 */
export function prepare(machine) {
  const known = prepared.get(machine) ?? install(machine);
  prepared.set(machine, known);
  return known;
}

/**
 * @param {Stage['machine']} machine
 * @returns {Promise<Env>}
 */
async function install(machine) {
  if (!machine) return {};
  if (machine === 'chromium') return { CHROMIUM_PATH: await ensureChromium() };
  if (machine === 'oldest') await ensureVSCodeServer('oldest');
  else if (!process.env.VSCODE_TEST_EXECUTABLE) await ensureVSCodeServer();
  return prepare('chromium');
}

/**
 * @param {string} folder
 * @param {number} concurrency
 * @param {string} [grep]
 */
async function nodeTest(folder, concurrency, grep) {
  const files = await testFiles(folder);
  if (files.length === 0) throw new Error(`There are no tests in ${folder}.`);
  const flags = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`];
  if (grep) flags.push(`--test-name-pattern=${grep}`);
  return ['node', '--import', 'tsx', ...flags, ...files];
}

/** @param {string} folder */
async function testFiles(folder) {
  const top = path.join(root, folder);
  if (!existsSync(top)) return [];
  const names = await readdir(top, { recursive: true });
  const tests = names.filter((name) => name.endsWith('.test.ts'));
  return tests.sort().map((name) => path.join(folder, name));
}

/**
 * @param {string[][]} commands
 * @param {{ env: Env, onOutput: (text: string) => void, mayBeEmpty: boolean }} options
 * @returns {Promise<Outcome>}
 */
async function runCommands(commands, { env, onOutput, mayBeEmpty }) {
  /** @type {Outcome} */
  const total = { passed: 0, failed: 0 };
  const problems = [];
  for (const command of commands) {
    const { code, counts } = await runAndCount(command, env, onOutput);
    total.passed += counts?.passed ?? (code === 0 ? 1 : 0);
    total.failed += counts?.failed || (code === 0 ? 0 : 1);
    if (code !== 0 && !counts?.failed)
      problems.push(`\`${command.join(' ')}\` ended with exit code ${code}.`);
  }
  if (problems.length > 0) total.problem = problems.join(' ');
  if (total.passed + total.failed > 0 || mayBeEmpty) return total;
  return { ...total, failed: 1, problem: 'no test was run.' };
}

/**
 * @param {string[]} command
 * @param {Env} env
 * @param {(text: string) => void} onOutput
 */
async function runAndCount([name = '', ...args], env, onOutput) {
  let output = '';
  const keep = (/** @type {string} */ text) => {
    output += text;
    onOutput(text);
  };
  const program = name === 'node' ? process.execPath : name;
  const code = await run(program, args, { cwd: root, env, onOutput: keep });
  return { code, counts: countTests(output) };
}

/**
 * The closing lines of Node's test runner and of the suite's reporter: `pass 12`, `fail 0`.
 * @param {string} output
 */
export function countTests(output) {
  const last = (/** @type {string} */ word) =>
    [...output.matchAll(new RegExp(`^(?:ℹ )?${word} (\\d+)$`, 'gm'))].at(-1)?.[1];
  const passed = last('pass');
  const failed = last('fail');
  if (passed === undefined || failed === undefined) return undefined;
  return { passed: Number(passed), failed: Number(failed) + Number(last('cancelled') ?? 0) };
}
