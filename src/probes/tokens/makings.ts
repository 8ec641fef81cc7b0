import * as l10n from '@vscode/l10n';
import type { Making, Piece } from '../../shared/tokenization';
import type { Cell, Table } from '../../shared/report';
import type { TokenizerReading } from './run';
import { visible } from './units';

const JOIN = ' · ';

export function piecesText(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => visible(text)).join(JOIN);
}

/** How a tokenizer made its tokens of a word, step by step. */
export function makingTable(reading: TokenizerReading, word: string, index: number): Table {
  const { model, algorithm, makings } = reading;
  const frame = {
    kind: 'table' as const,
    id: `making-${index}`,
    title: l10n.t`How ${model} made “${visible(word)}”`,
  };
  const rows = (steps: (making: Making) => Cell[][]) => makings.flatMap((making) => steps(making));
  switch (algorithm) {
    case 'BPE':
      return {
        ...frame,
        note: l10n.t(
          'Byte-pair encoding begins with single characters (or bytes) and joins the pair that stands first in its list of merges, until none of its pairs is in the list. The list was learned from pairs’ frequencies: early merges are common ones.',
        ),
        columns: [
          { label: l10n.t('Step'), format: 'count' },
          { label: l10n.t('Joined') },
          { label: l10n.t('Pieces now') },
          { label: l10n.t('Place in the list'), format: 'count' },
        ],
        rows: rows(mergeRows),
      };
    case 'WordPiece':
      return {
        ...frame,
        note: l10n.t(
          'WordPiece takes the longest piece of its vocabulary with which the rest of the word begins; ## marks pieces inside a word. Where no piece fits, the whole word becomes the unknown token.',
        ),
        columns: [
          { label: l10n.t('Step'), format: 'count' },
          { label: l10n.t('Still to cut') },
          { label: l10n.t('Longer spellings not in the vocabulary'), format: 'count' },
          { label: l10n.t('Longest piece') },
        ],
        rows: rows(matchRows),
      };
    case 'Unigram':
      return {
        ...frame,
        note: l10n.t(
          'Unigram knows a probability for every piece and takes the cut with the highest product, that is, the highest sum of logarithms. The best sum up to a piece: its own score and the best sum up to where it begins (Viterbi). ▁ stands for a space.',
        ),
        columns: [
          { label: l10n.t('Piece that fits') },
          { label: l10n.t('From'), format: 'count' },
          { label: l10n.t('To'), format: 'count' },
          { label: l10n.t('ln p'), format: 2 },
          { label: l10n.t('Best sum up to its end'), format: 2 },
          { label: l10n.t('Taken') },
        ],
        rows: rows(candidateRows),
      };
    case 'WordLevel':
      return {
        ...frame,
        note: l10n.t('A vocabulary of whole words: what is not in it is unknown.'),
        columns: [{ label: l10n.t('Word') }, { label: l10n.t('Token') }],
        rows: makings.map(({ spelled, pieces }) => [visible(spelled), piecesText(pieces)]),
      };
  }
}

function mergeRows({ spelled, pieces, how }: Making): Cell[][] {
  if (how.algorithm !== 'BPE') return [[0, l10n.t`“${visible(spelled)}” whole`, piecesText(pieces), null]];
  const now = [...how.start];
  const rows: Cell[][] = [[0, '', piecesText(now), null]];
  how.merges.forEach(({ at, rank, merged }, step) => {
    const pair = now.splice(at, 2, merged);
    rows.push([step + 1, pair.map(({ text }) => visible(text)).join(' + '), around(now, at), rank + 1]);
  });
  return rows;
}

/** So many pieces on either side of what changed are shown of a long word. */
const SIDE = 12;

function around(pieces: readonly Piece[], at: number): string {
  const from = Math.max(0, at - SIDE);
  const to = Math.min(pieces.length, at + SIDE + 1);
  return `${from > 0 ? '… ' : ''}${piecesText(pieces.slice(from, to))}${to < pieces.length ? ' …' : ''}`;
}

function matchRows({ spelled, pieces, how }: Making): Cell[][] {
  if (how.algorithm !== 'WordPiece') return [[1, visible(spelled), 0, piecesText(pieces)]];
  return how.matches.map(({ from, longer, found }, step) => [
    step + 1,
    visible(spelled.slice(from)),
    longer,
    found ? visible(found.text) : l10n.t`none: ${piecesText(pieces)}`,
  ]);
}

function candidateRows({ spelled, pieces, how }: Making): Cell[][] {
  if (how.algorithm !== 'Unigram')
    return [[piecesText(pieces), 0, spelled.length, null, null, l10n.t('yes')]];
  return how.candidates.map(({ from, to, piece, score, total, chosen }) => [
    visible(piece.text),
    from,
    to,
    score,
    total,
    chosen ? l10n.t('yes') : '',
  ]);
}
