import { clientOf, fetchFrom } from './support';
import { ProbeError } from '../../src/shared/errors';

/*
 * A download in a process of its own, for tests that need several or that kill one:
 * node fetchProcess.ts ENDPOINT CACHE ID. Prints `go` once it is running and the folder when it is done.
 */
const [endpoint = '', cacheDir = '', id = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const client = clientOf({ endpoint });
  process.stdout.write('go\n');
  process.stdout.write(`${await fetchFrom(client, cacheDir, { id })}\n`);
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ProbeError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
