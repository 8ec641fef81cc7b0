import Mocha from 'mocha';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { MarkedReporter } from './report';

/** Called by VS Code in the extension host: runs every bundled test file; rejects where a test failed. */
export function run(): Promise<void> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    reporter: MarkedReporter,
    grep: process.env.SUITE_GREP ?? '',
  });
  const tests = readdirSync(__dirname).filter((name) => name.endsWith('.test.js'));
  for (const name of tests) mocha.addFile(path.join(__dirname, name));
  return new Promise((resolve, reject) => {
    mocha.run((failures) => {
      if (failures > 0) reject(new Error(`${failures} of the suite's tests failed.`));
      else resolve();
    });
  });
}
