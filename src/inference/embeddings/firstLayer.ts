import type { EmbeddingTerm, FirstLayer, TermKind } from '../../shared/embeddings';
import type { OpenModel } from '../openModel';
import type { ModelInput, RunOptions } from '../runner';
import type { TensorData } from '../tensors';
import { entranceOf, runStart } from './lookup';

const ORDER: readonly TermKind[] = ['token', 'position', 'segment'];

/** What enters the first layer, as the sum of its terms; null where the look-up of the tokens was not found. */
export async function firstLayer(
  model: OpenModel,
  input: ModelInput,
  options: RunOptions,
): Promise<FirstLayer | null> {
  const { part, entering, found } = entranceOf(model);
  if (!found || entering === null) return null;
  const kinds: TermKind[] = ['token', ...found.others.map(({ kind }) => kind)];
  const names = [found.token, ...found.others.map(({ tensor }) => tensor), found.sum, entering];
  const distinct = [...new Set(names)];
  const tensors = await runStart(model, part, { input, outputs: distinct }, options);
  const [sum, entered] = [found.sum, entering].map((name) => tensors[distinct.indexOf(name)]);
  const terms = names.slice(0, kinds.length).map((name) => tensors[distinct.indexOf(name)] as TensorData);
  const tokens = input.ids.length;
  if (!sum || !entered) return null;
  return {
    width: sum.data.length / tokens,
    terms: terms
      .map((term, i) => measure(kinds[i] ?? 'token', term, sum, tokens))
      .sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind)),
    sums: normsOf(sum, tokens),
    entering: normsOf(entered, tokens),
    isChanged: found.sum !== entering,
    difference: terms.length > 1 && !found.addition ? largestDifference(terms, sum) : null,
  };
}

/** A term may be the same for all tokens, or for all texts: its values repeat. */
const valueAt = ({ data }: TensorData, i: number) => data[i % data.length] as number;

function measure(kind: TermKind, term: TensorData, sum: TensorData, tokens: number): EmbeddingTerm {
  const width = sum.data.length / tokens;
  const measured: EmbeddingTerm = { kind, norms: [], shares: [], cosines: [] };
  for (let token = 0; token < tokens; token++) {
    let [own, product, whole] = [0, 0, 0];
    for (let i = token * width; i < (token + 1) * width; i++) {
      const [value, total] = [valueAt(term, i), sum.data[i] as number];
      own += value * value;
      product += value * total;
      whole += total * total;
    }
    measured.norms.push(Math.sqrt(own));
    measured.shares.push(whole > 0 ? product / whole : 0);
    measured.cosines.push(own > 0 && whole > 0 ? product / Math.sqrt(own * whole) : 0);
  }
  return measured;
}

function normsOf({ data }: TensorData, tokens: number): number[] {
  const width = data.length / tokens;
  return Array.from({ length: tokens }, (_, token) =>
    Math.hypot(...data.subarray(token * width, (token + 1) * width)),
  );
}

function largestDifference(terms: TensorData[], sum: TensorData): number {
  let most = 0;
  sum.data.forEach((value, i) => {
    const total = terms.reduce((all, term) => all + valueAt(term, i), 0);
    most = Math.max(most, Math.abs(total - value));
  });
  return most;
}
