// Runs the mocha suite in a real VS Code: a VS Code server, or the desktop one that VSCODE_TEST_EXECUTABLE names or that
// is downloaded.
//   node --import tsx test/vscode/launch.ts [--desktop] [--oldest]
import { runInDesktop } from './launch-desktop';
import { runInServer } from './launch-server';

/** What the oldest VS Code that `engines.vscode` allows is tried with, unless told otherwise. */
const SMOKE = '^(activation|analysis of a selection|tools for chat agents)';

const desktop = process.argv.includes('--desktop') || Boolean(process.env.VSCODE_TEST_EXECUTABLE);
const age = process.argv.includes('--oldest') ? 'oldest' : 'current';
if (age === 'oldest') process.env.SUITE_GREP ||= SMOKE;

(desktop ? runInDesktop(age) : runInServer(undefined, age)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
