const TOO_SOON_MS = 600;

/**
 * Opens a quick pick or an input box, and opens it again when it closed before anybody could have read it. VS Code gives
 * the focus back to a webview panel a moment after the command palette closed; a list that opens in this moment loses
 * the focus to the panel, and closes.
 */
export async function steady<T>(open: () => Thenable<T | undefined>): Promise<T | undefined> {
  const opened = performance.now();
  const answer = await open();
  return answer === undefined && performance.now() - opened < TOO_SOON_MS ? open() : answer;
}
