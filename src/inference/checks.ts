import { ProbeError } from '../shared/errors';
import type { ModelFacts } from '../shared/model';

/** Fails where ids cannot be fed to a model: not in its vocabulary, none at all, or more than its positions. */
export function checkIds(
  { name, vocabulary, maxTokens }: ModelFacts,
  ids: readonly number[],
  what: string,
): void {
  if (ids.length === 0) throw new ProbeError('input', `There are no ${what} to analyze.`);
  const wrong = ids.find(
    (id) => !Number.isInteger(id) || id < 0 || (vocabulary !== null && id >= vocabulary),
  );
  if (wrong !== undefined) {
    const range = vocabulary === null ? 'whole numbers from 0' : `0 to ${vocabulary - 1}`;
    throw new ProbeError(
      'input',
      `The ${what} hold ${wrong}, which is not in the vocabulary of "${name}" (${range}).`,
    );
  }
  if (maxTokens !== null && ids.length > maxTokens) {
    throw new ProbeError(
      'input',
      `${ids.length} ${what} are more than "${name}" takes: ${maxTokens}. Give fewer.`,
    );
  }
}
