// Writes the messages of the sources to l10n/bundle.l10n.json, for translators.
//   npm run messages
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE, collectMessages } from './lib/messages.mjs';

const messages = collectMessages();
mkdirSync(path.dirname(BUNDLE), { recursive: true });
writeFileSync(BUNDLE, `${JSON.stringify(messages, null, 2)}\n`);
console.log(`${Object.keys(messages).length} messages in ${path.relative(process.cwd(), BUNDLE)}`);
