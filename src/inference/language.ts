import * as l10n from '@vscode/l10n';
import type { ProcessOptions } from './wire';

// The first import of the process: tables of texts are in the display language from the start.
if (process.send) {
  const { messagesFile } = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions;
  if (messagesFile) l10n.config({ fsPath: messagesFile });
}
