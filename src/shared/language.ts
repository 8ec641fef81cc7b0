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
