import { join } from 'node:path';
import { runCli } from './run';

const { stdin, stdout, stderr, env, argv } = process;
// A reader that closes its end early must not crash the process, whenever it does so.
stdout.on('error', () => undefined);
// From dist/cli.js the bundled models are in ../models.
void runCli(argv.slice(2), join(__dirname, '..', 'models'), { stdin, stdout, stderr, env }).then((status) => {
  process.exitCode = status;
});
