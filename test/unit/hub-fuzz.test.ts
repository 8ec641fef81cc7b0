import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../hub/support';

const SEQUENCES = 1_000;
const PROCESSES = 2;

test(`${SEQUENCES} random sequences of faults end whole, without scrap and without a byte fetched twice`, async (context) => {
  const folder = await temporaryFolder(context);
  const script = join(__dirname, '..', 'hub', 'fuzzProcess.ts');
  const each = SEQUENCES / PROCESSES;
  const run = promisify(execFile);
  const ends = await Promise.all(
    Array.from({ length: PROCESSES }, (_, index) =>
      run(process.execPath, [
        '--import',
        'tsx',
        script,
        `${index * each}`,
        `${each}`,
        join(folder, `${index}`),
      ]),
    ),
  );
  const failures = ends.reduce((sum, { stdout }) => sum + Number(stdout), 0);
  assert.ok(failures > 100, `many downloads failed on the way (${failures})`);
});
