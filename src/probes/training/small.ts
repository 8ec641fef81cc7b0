import * as l10n from '@vscode/l10n';
import type { TrainingData } from '../../shared/training';

/** Twelve sentences to see how it works, not to conclude from. */
export const SMALL_SET: Omit<TrainingData, 'name' | 'notices'> = {
  labels: ['negative', 'positive'],
  train: [
    { text: l10n.t('I love this wonderful film.'), label: 1 },
    { text: l10n.t('The dinner was excellent and we were happy.'), label: 1 },
    { text: l10n.t('She is a kind and friendly woman.'), label: 1 },
    { text: l10n.t('What a beautiful day!'), label: 1 },
    { text: l10n.t('I hate this terrible film.'), label: 0 },
    { text: l10n.t('The dinner was awful and we were angry.'), label: 0 },
    { text: l10n.t('He is a cruel and selfish man.'), label: 0 },
    { text: l10n.t('What a miserable day!'), label: 0 },
  ],
  test: [
    { text: l10n.t('This is a lovely book.'), label: 1 },
    { text: l10n.t('We had a happy time with our friends.'), label: 1 },
    { text: l10n.t('This is a dreadful book.'), label: 0 },
    { text: l10n.t('We had a sad time without our friends.'), label: 0 },
  ],
};
