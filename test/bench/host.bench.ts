/**
 * What the extension costs its host: activation and the longest busy slice of the host's thread during analyses of 256
 * tokens with the bundled model, in a real VS Code server. `npx tsx test/bench/host.bench.ts` after `npm run build`.
 */
import path from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { runInServer } from '../vscode/launch-server';

void runInServer(path.join(root, 'test', 'bench', 'host')).then((code) => (process.exitCode = code));
