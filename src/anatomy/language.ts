import * as l10n from '@vscode/l10n';
import { workerData } from 'node:worker_threads';
import type { WorkerData } from './wire';

// The first import of the worker: tables of texts are in the display language from the start.
const data = workerData as WorkerData | null;
if (data?.messagesFile) l10n.config({ fsPath: data.messagesFile });
