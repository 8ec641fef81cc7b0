import * as l10n from '@vscode/l10n';
import { MESSAGES_ID } from '../src/shared/language';
import type { Messages } from '../src/shared/language';

// The first import of every panel: tables of texts are in the display language from the start.
const text = document.getElementById(MESSAGES_ID)?.textContent;
if (text) l10n.config({ contents: JSON.parse(text) as Messages });

/** A name in the middle of a sentence: English writes it small there; in other languages a name is spelled in one way. */
export function inSentence(name: string): string {
  return text ? name : name.toLowerCase();
}
