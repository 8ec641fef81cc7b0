import { readFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { setMessages } from '../shared/language';
import type { Messages } from '../shared/language';
import type { WorkerData } from './wire';

// The first import of the worker: tables of texts are in the display language from the start.
const file = (workerData as WorkerData | null)?.messagesFile;
if (file) setMessages(JSON.parse(readFileSync(file, 'utf8')) as Messages);
