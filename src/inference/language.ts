import { readFileSync } from 'node:fs';
import { setMessages } from '../shared/language';
import type { Messages } from '../shared/language';
import type { ProcessOptions } from './wire';

// The first import of the process: tables of texts are in the display language from the start.
const { messagesFile } = (process.send ? JSON.parse(process.argv[2] ?? '{}') : {}) as Partial<ProcessOptions>;
if (messagesFile) setMessages(JSON.parse(readFileSync(messagesFile, 'utf8')) as Messages);
