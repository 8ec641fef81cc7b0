/** What masked training did to a token, see `corrupt`. */
export type Fate = 'left alone' | 'masked' | 'replaced' | 'kept';

export interface CorruptedToken {
  fate: Fate;
  /** The id that is fed instead; the token's own where it was left alone or kept. */
  id: number;
}

/** Shares of Devlin et al. 2018 (arXiv:1810.04805), section 3.1. */
export const CORRUPTION = { chosen: 0.15, masked: 0.8, replaced: 0.1 } as const;

/**
 * BERT's training noise: of the tokens that are not special 15 % are to be predicted; of those 80 % are fed as the mask,
 * 10 % as a random token, 10 % as they are.
 */
export function corrupt(
  tokens: readonly { id: number; special: boolean }[],
  maskId: number,
  vocabulary: number,
  random: () => number,
): CorruptedToken[] {
  return tokens.map(({ id, special }) => {
    if (special || random() >= CORRUPTION.chosen) return { fate: 'left alone', id };
    const draw = random();
    if (draw < CORRUPTION.masked) return { fate: 'masked', id: maskId };
    if (draw >= CORRUPTION.masked + CORRUPTION.replaced) return { fate: 'kept', id };
    return { fate: 'replaced', id: Math.floor(random() * vocabulary) };
  });
}
