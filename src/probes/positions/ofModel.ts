import * as l10n from '@vscode/l10n';
import type { ModelPlaces } from '../../anatomy/find';

/** How a model is told where a token stands. */
export type ModelPositions =
  | { kind: 'learned'; table: number[][]; maxTokens: number | null }
  | {
      kind: 'buckets';
      /** [buckets][heads] of each stack. */
      stacks: { name: string; bidirectional: boolean; bias: number[][]; farthest: number }[];
    }
  | {
      kind: 'rotary';
      width: number;
      base: number;
      /** False where the config does not say the base: the usual one is taken. */
      isSaid: boolean;
      maxTokens: number | null;
    }
  | { kind: 'other'; named: string | null };

export interface FoundPositions {
  name: string;
  positions: ModelPositions;
}

/** Rows read of a table of learned positions: enough to see its pattern. */
const MOST_ROWS = 1024;
const LEARNED = /(position_embeddings|position_embedding|embed_positions|wpe)\.weight$/;
const BIAS = /relative_attention_bias\.weight$/;
const T5_FARTHEST = 128;
const ROPE_BASE = 10_000;

/** Reads a model's own positions from its weights and config. Throws ProbeError `model` where there is no such model. */
export async function positionsOf(
  name: string,
  places: ModelPlaces,
  signal?: AbortSignal,
): Promise<FoundPositions> {
  const { noSuchModel, openFound } = await import('../../anatomy/find');
  const { readRows, matrixOf } = await import('../../anatomy/values');
  const opened = await openFound(name, places, signal);
  if (!opened) throw noSuchModel();
  try {
    const { anatomy, raw } = opened;
    const read = async (index: number): Promise<number[][]> => {
      const tensor = raw.tensors[index];
      if (!tensor) return [];
      const { rows, columns } = matrixOf(tensor);
      const values: number[] = [];
      for await (const part of readRows(raw, tensor, 0, Math.min(rows, MOST_ROWS), signal)) {
        for (const value of part) values.push(value);
      }
      return Array.from({ length: values.length / columns }, (_, row) =>
        values.slice(row * columns, (row + 1) * columns),
      );
    };
    const matching = (pattern: RegExp) =>
      anatomy.format === 'config'
        ? []
        : anatomy.tensors.flatMap(({ name: own, path, role }, index) =>
            role !== 'constant' && pattern.test(path ?? own) ? [{ index, path: path ?? own }] : [],
          );
    const entry = (key: string) => Number(anatomy.metadata.find((one) => one.key === key)?.value);
    const biases = matching(BIAS);
    if (biases.length > 0) {
      const farthest = entry('relative_attention_max_distance') || T5_FARTHEST;
      const stacks = await Promise.all(
        biases.map(async ({ index, path }) => {
          const isDecoder = path.startsWith('decoder');
          return {
            name: isDecoder ? l10n.t('decoder') : l10n.t('encoder'),
            bidirectional: !isDecoder,
            bias: await read(index),
            farthest,
          };
        }),
      );
      return { name: anatomy.name, positions: { kind: 'buckets', stacks } };
    }
    const [learned] = matching(LEARNED);
    const { positions, headSize, maxTokens } = anatomy.facts;
    if (learned)
      return {
        name: anatomy.name,
        positions: { kind: 'learned', table: await read(learned.index), maxTokens },
      };
    if (positions === 'rotary' && headSize) {
      const said = entry('rope_theta');
      const [base, isSaid] = [said || ROPE_BASE, said > 0];
      return { name: anatomy.name, positions: { kind: 'rotary', width: headSize, base, isSaid, maxTokens } };
    }
    return { name: anatomy.name, positions: { kind: 'other', named: positions } };
  } finally {
    await opened.close();
  }
}
