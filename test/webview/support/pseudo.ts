import { collectMessages } from '../../../scripts/lib/messages.mjs';
import { setMessages } from '../../../src/shared/language';
import type { Messages } from '../../../src/shared/language';

const PLAIN = 'abcdefghijklmnopqrstuvwxyz';
const ACCENTED = 'áƀçđéƒǧħíĵķľṁñóṗɋřšŧúṽŵẋýž';

/** A message in a language that nobody speaks: no letter is ASCII, and it is a third longer. Placeholders stay. */
function pseudo(message: string): string {
  const text = message.replace(/\{\d+\}|[a-z]/gi, (found) => {
    if (found.length > 1) return found;
    const letter = ACCENTED[PLAIN.indexOf(found.toLowerCase())] ?? found;
    return found === found.toLowerCase() ? letter : letter.toUpperCase();
  });
  return `⟦${text}${' ói'.repeat(Math.ceil((0.35 * message.length) / 3))}⟧`;
}

/** Every message of the sources in that language. */
export const PSEUDO: Messages = Object.fromEntries(
  Object.keys(collectMessages()).map((message) => [message, pseudo(message)]),
);

// To be imported before what has tables of messages: this process speaks it from here on.
setMessages(PSEUDO);
