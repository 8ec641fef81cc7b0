import { MESSAGES_ID, setMessages } from '../src/shared/language';
import type { Messages } from '../src/shared/language';

// The first import of every panel: tables of texts are in the display language from the start.
const text = document.getElementById(MESSAGES_ID)?.textContent;
if (text) setMessages(JSON.parse(text) as Messages);
