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
 * @property {'chromium' | 'vscode'} [machine] What the machine must have, installed on demand.
 * @property {string} [tests] A folder: every `*.test.ts` below it is run by Node's test runner.
 * @property {number} [concurrency] Test files at a time.
 * @property {string[][]} [commands] What to run instead, one after the other.
 * @property {string} [runs] The folder whose tests those commands run.
 */

/**
 * @typedef {object} Outcome
 * @property {number} passed Tests; or 1 for a stage that is one check.
 * @property {number} failed
 * @property {string} [problem] Why a stage failed as a whole.
 */

/** @type {Stage[]} In the order in which they run: cheap ones first. */
export const stages = [
  { name: 'build', commands: [['node', 'scripts/build.mjs']] },
  { name: 'types', commands: [['npm', 'run', '--silent', 'check-types']] },
  { name: 'lint', commands: [['npm', 'run', '--silent', 'lint']] },
  { name: 'unit', tests: 'test/unit', concurrency: 2 },
  { name: 'inference', tests: 'test/inference', concurrency: 1, needs: ['build'] },
  { name: 'webview', tests: 'test/webview', concurrency: 1, needs: ['build'], machine: 'chromium' },
  {
    name: 'vscode',
    needs: ['build'],
    machine: 'vscode',
    commands: [['node', '--import', 'tsx', 'test/vscode/launch.ts']],
    runs: 'test/vscode/suite',
  },
  { name: 'flows', tests: 'test/vscode/flows', concurrency: 1, needs: ['build'], machine: 'vscode' },
];

/**
 * Runs a stage to its end; never rejects.
 * @param {Stage} stage
 * @param {string} [grep] Only tests whose name matches.
 * @returns {Promise<Outcome>}
 */
export async function runStage(stage, grep) {
  try {
    const env = await prepare(stage.machine);
    const commands = stage.tests
      ? [await nodeTest(stage.tests, stage.concurrency ?? 1, grep)]
      : stage.commands;
    return await runCommands(
      commands ?? [],
      { ...env, ...(grep && { SUITE_GREP: grep }) },
      grep !== undefined,
    );
  } catch (error) {
    return { passed: 0, failed: 1, problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * @param {Stage['machine']} machine
 * @returns {Promise<Record<string, string>>} Environment for the stage.
 */
async function prepare(machine) {
  if (!machine) return {};
  if (machine === 'vscode' && !process.env.VSCODE_TEST_EXECUTABLE) await ensureVSCodeServer();
  return { CHROMIUM_PATH: await ensureChromium() };
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
 * @param {Record<string, string>} env
 * @param {boolean} mayBeEmpty
 * @returns {Promise<Outcome>}
 */
async function runCommands(commands, env, mayBeEmpty) {
  /** @type {Outcome} */
  const total = { passed: 0, failed: 0 };
  for (const [command, ...args] of commands) {
    const { code, counts } = await runAndCount(/** @type {string} */ (command), args, env);
    total.passed += counts?.passed ?? (code === 0 ? 1 : 0);
    total.failed += counts?.failed ?? (code === 0 ? 0 : 1);
    if (code !== 0 && total.failed === 0)
      return { ...total, failed: 1, problem: `ended with exit code ${code}.` };
  }
  if (total.passed + total.failed > 0 || mayBeEmpty) return total;
  return { ...total, failed: 1, problem: 'no test was run.' };
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
async function runAndCount(command, args, env) {
  let output = '';
  const onOutput = (/** @type {string} */ text) => {
    output += text;
    process.stdout.write(text);
  };
  const program = command === 'node' ? process.execPath : command;
  const code = await run(program, args, { cwd: root, env, onOutput });
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
