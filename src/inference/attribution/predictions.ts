import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import { readLabels } from '../../models/labels';
import { largest, softmax } from '../../numeric/softmax';
import type { Candidate, PredictionKind } from '../../shared/attribution';
import type { FedText, PredictionFacts } from '../../shared/attributionRequests';
import { ProbeError } from '../../shared/errors';
import { encodeRequest, specialTokensOf, tokensOfIds } from '../encoding';
import type { OpenModel } from '../openModel';
import { encoderStatesOf, runLast } from '../runner';
import type { RunOptions } from '../runner';
import { floats } from '../tensors';
import type { Text } from './graphs';

/** What a model predicts for a text, and its special tokens. */
export async function predictionFacts(
  model: OpenModel,
  text: Text,
  options: RunOptions,
): Promise<PredictionFacts> {
  const kind = kindOfLogits(model, await logitsOf(model, text, options));
  return { kind, special: await specialTokensOf(model) };
}

export async function predict(
  model: OpenModel,
  request: FedText & { position: number | null; count: number; choose?: number | string },
  options: RunOptions,
): Promise<{ chosen: Candidate; candidates: Candidate[] }> {
  const logits = await logitsOf(model, request, options);
  const kind = kindOfLogits(model, logits);
  const row = rowAt(logits, request.position);
  const probabilities = softmax(row);
  const best = largest(row, request.count);
  const label = await labeller(model, kind);
  const candidate = async (id: number): Promise<Candidate> => {
    return { id, label: await label(id), logit: row[id] as number, probability: probabilities[id] as number };
  };
  const candidates: Candidate[] = [];
  for (const id of best) candidates.push(await candidate(id));
  const id = await chosenId(model, kind, request.choose, row);
  return { chosen: await candidate(id ?? (best[0] as number)), candidates };
}

async function logitsOf(model: OpenModel, text: Text, options: RunOptions): Promise<Tensor> {
  const states = await encoderStatesOf(model, text, options);
  const { logits } = await runLast(model, text, states, options);
  const rank = logits?.dims.length;
  if (logits && (rank === 2 || rank === 3)) return logits;
  throw new ProbeError(
    'model',
    l10n.t`"${model.facts.name}" makes no prediction to explain: it has no output "logits". Choose a model with a head, such as for masked language modeling or classification.`,
  );
}

function kindOfLogits({ facts }: OpenModel, { dims }: Tensor): PredictionKind {
  if (dims.length === 2) return 'class';
  if (facts.family === 'encoder-decoder') return 'decoder-token';
  if (facts.family === 'decoder-only') return 'next-token';
  return facts.vocabulary === null || dims[2] === facts.vocabulary ? 'masked-token' : 'token-class';
}

function rowAt(logits: Tensor, position: number | null): Float32Array {
  const values = floats('logits', logits);
  if (logits.dims.length === 2) return values;
  const [, tokens = 0, width = 0] = logits.dims;
  if (position === null || position < 0 || position >= tokens) {
    throw new ProbeError(
      'usage',
      l10n.t`There is no position ${String(position)}: positions are 0 to ${tokens - 1}.`,
    );
  }
  return values.slice(position * width, (position + 1) * width);
}

async function labeller(model: OpenModel, kind: PredictionKind): Promise<(id: number) => Promise<string>> {
  if (kind !== 'class' && kind !== 'token-class') {
    return async (id) => {
      const { tokens } = await tokensOfIds(model, [id]);
      const [token] = tokens;
      return token?.text.trim() || token?.piece || String(id);
    };
  }
  const labels = await readLabels(model.folder);
  return async (id) => labels.get(id) ?? l10n.t`class ${id}`;
}

async function chosenId(
  model: OpenModel,
  kind: PredictionKind,
  choose: number | string | undefined,
  row: Float32Array,
): Promise<number | undefined> {
  if (choose === undefined) return undefined;
  if (typeof choose === 'number') {
    if (Number.isInteger(choose) && choose >= 0 && choose < row.length) return choose;
    throw new ProbeError(
      'usage',
      l10n.t`There is no class or token ${choose}: ids are 0 to ${row.length - 1}.`,
    );
  }
  if (kind === 'class' || kind === 'token-class') return classOf(model, choose, row.length);
  return tokenOf(model, choose, row);
}

async function classOf(model: OpenModel, name: string, count: number): Promise<number> {
  const labels = await readLabels(model.folder);
  for (const [id, label] of labels) {
    if (id < count && label.toLowerCase() === name.trim().toLowerCase()) return id;
  }
  const number = /^(?:class |LABEL_)?(\d{1,9})$/i.exec(name.trim());
  if (number && Number(number[1]) < count) return Number(number[1]);
  const known = [...labels.values()].slice(0, 10).join(', ');
  throw new ProbeError(
    'usage',
    l10n.t`The model has no class of that name. Its classes are ${known || l10n.t`0 to ${count - 1}`}.`,
  );
}

/** The one token of a word, with or without a blank before it; of two the likelier. */
async function tokenOf(model: OpenModel, text: string, row: Float32Array): Promise<number> {
  const ids: number[] = [];
  for (const spelled of [text, ` ${text}`]) {
    const request = { model: model.folder.id, segments: [{ text: spelled, offset: 0 }] };
    const { tokens } = await encodeRequest(model, request);
    const content = tokens.filter(({ special }) => !special);
    const [only] = content;
    if (content.length === 1 && only && only.id < row.length) ids.push(only.id);
  }
  const best = ids.sort((a, b) => (row[b] as number) - (row[a] as number))[0];
  if (best !== undefined) return best;
  throw new ProbeError(
    'usage',
    l10n.t('The text to explain is not one token of this model. Give a shorter word, or a token id.'),
  );
}
