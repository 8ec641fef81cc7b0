// Runs the mocha suite in a real VS Code: the desktop one that VSCODE_TEST_EXECUTABLE names, or a VS Code server.
//   node --import tsx test/vscode/launch.ts [--desktop]
import { runInDesktop } from './launch-desktop';
import { runInServer } from './launch-server';

const desktop = process.argv.includes('--desktop') || Boolean(process.env.VSCODE_TEST_EXECUTABLE);

(desktop ? runInDesktop() : runInServer()).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
