import './language';
import { parentPort } from 'node:worker_threads';
import type { Envelope } from '../shared/protocol';
import { Rpc } from '../shared/rpc';
import { servedFiles } from './served';
import { AnatomyService } from './service';
import type { AnatomyMethods, ServingMethods } from './wire';

/**
 * The anatomy worker: headers of any size are parsed and weights are read here, so that the thread which started it does
 * not stand still. A thread, and not the inference process, because it runs no native code, which makes it safe to
 * end, and because a running model blocks that process.
 */
function main(port: NonNullable<typeof parentPort>): void {
  const service: AnatomyService = new AnatomyService((files, name, signal) =>
    servedFiles(rpc, files, name, signal),
  );
  const rpc = new Rpc<ServingMethods, Record<never, never>, AnatomyMethods>(
    (message) => port.postMessage(message, owned(message)),
    service.handlers,
    {},
  );
  port.on('message', (message: unknown) => rpc.receive(message));
}

/** A slice's values are made for the answer: they move instead of being copied. */
function owned(message: Envelope): ArrayBuffer[] {
  const values = message.type === 'ok' && (message.body as { values?: unknown } | null)?.values;
  return values instanceof Float32Array && values.buffer instanceof ArrayBuffer ? [values.buffer] : [];
}

if (parentPort) main(parentPort);
