import * as l10n from '@vscode/l10n';

/** English messages and what they are in the display language; `{0}`, `{1}` stand for what is put in. */
export type Messages = Record<string, string>;

/** The element of a page that holds the `Messages` of its language as JSON; an English page has none. */
export const MESSAGES_ID = 'transformer-probe-messages';

/** That element: a block of data, which is no script to any policy. Whatever it holds cannot end it: `<` is escaped. */
export function messagesBlock(messages: Messages | undefined): string {
  if (!messages) return '';
  const json = JSON.stringify(messages).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="${MESSAGES_ID}">${json}</script>\n`;
}

let isEnglish = true;

/** Sets the language of every message. To be called before the modules are evaluated that have tables of messages. */
export function setMessages(messages: Messages): void {
  l10n.config({ contents: messages });
  isEnglish = false;
}

/** A name in the middle of a sentence: English writes it small there; other languages spell a name in one way. */
export function inSentence(name: string): string {
  return isEnglish ? name.toLowerCase() : name;
}
