import { runCli } from './src/cli/run';
process.exitCode = await runCli(process.argv.slice(2), 'models', { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env });
