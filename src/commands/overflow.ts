import * as vscode from 'vscode';
import type { ProbeError } from '../shared/errors';
import type { EncodeRequest } from '../shared/inference';
import { steady } from '../views/steady';

/** Asks how to go on with a text that is longer than the model takes. Undefined when the user would rather not. */
export async function askOverflow(error: ProbeError): Promise<EncodeRequest['overflow'] | undefined> {
  if (error.detail?.reason !== 'too-long') return undefined;
  const { tokens, limit, windows } = error.detail;
  const number = new Intl.NumberFormat(vscode.env.language);
  const ways = [
    {
      label: vscode.l10n.t('Analyze the first {0} tokens', number.format(limit)),
      detail: vscode.l10n.t('The rest of the text is left out.'),
      overflow: 'first' as const,
    },
    {
      label: vscode.l10n.t('Slide a window of {0} tokens over the text', number.format(limit)),
      detail: vscode.l10n.t(
        '{0} windows that overlap by half; step through them in the panel.',
        number.format(windows),
      ),
      overflow: 0,
    },
  ];
  const options = {
    title: vscode.l10n.t(
      'The text has {0} tokens, the model takes {1}',
      number.format(tokens),
      number.format(limit),
    ),
    placeHolder: vscode.l10n.t('Choose what to analyze, or press Escape to select less text'),
  };
  const picked = await steady(() => vscode.window.showQuickPick(ways, options));
  return picked?.overflow;
}
