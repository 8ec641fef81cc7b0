import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import type { ModelFacts } from '../shared/model';

/** Fails where ids cannot be fed to a model: not in its vocabulary, none at all, or more than its positions. */
export function checkIds(
  { name, vocabulary, maxTokens }: ModelFacts,
  ids: readonly number[],
  what: string,
): void {
  if (ids.length === 0) throw new ProbeError('input', l10n.t`There are no ${what} to analyze.`);
  const wrong = ids.find(
    (id) => !Number.isInteger(id) || id < 0 || (vocabulary !== null && id >= vocabulary),
  );
  if (wrong !== undefined) {
    const range = vocabulary === null ? l10n.t('whole numbers from 0') : l10n.t`0 to ${vocabulary - 1}`;
    throw new ProbeError(
      'input',
      l10n.t`The ${what} hold ${wrong}, which is not in the vocabulary of "${name}" (${range}).`,
    );
  }
  if (maxTokens !== null && ids.length > maxTokens) {
    throw new ProbeError(
      'input',
      l10n.t`${ids.length} ${what} are more than "${name}" takes: ${maxTokens}. Give fewer.`,
    );
  }
}
