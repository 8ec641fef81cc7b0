import type { TrainingData } from '../../shared/training';

/** Twelve sentences to see how it works, not to conclude from. */
export const SMALL_SET: Omit<TrainingData, 'name' | 'notices'> = {
  labels: ['negative', 'positive'],
  train: [
    { text: 'I love this wonderful film.', label: 1 },
    { text: 'The dinner was excellent and we were happy.', label: 1 },
    { text: 'She is a kind and friendly woman.', label: 1 },
    { text: 'What a beautiful day!', label: 1 },
    { text: 'I hate this terrible film.', label: 0 },
    { text: 'The dinner was awful and we were angry.', label: 0 },
    { text: 'He is a cruel and selfish man.', label: 0 },
    { text: 'What a miserable day!', label: 0 },
  ],
  test: [
    { text: 'This is a lovely book.', label: 1 },
    { text: 'We had a happy time with our friends.', label: 1 },
    { text: 'This is a dreadful book.', label: 0 },
    { text: 'We had a sad time without our friends.', label: 0 },
  ],
};
