import * as l10n from '@vscode/l10n';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProbeError } from '../../shared/errors';
import { MAX_DATA_BYTES } from '../../shared/training';
import type { TrainingData, TrainingSource } from '../../shared/training';
import { buildDataset } from './dataset';
import { SMALL_SET } from './small';
import { readRecords } from './table';

/** The larger bundled sets, in the folder `media`. */
const SENTIMENT = join('training', 'sentiment.tsv');
const AGREEMENT = join('training', 'agreement.tsv');

/**
 * Labelled sentences from a source, split into training and test set. `mediaDir`: the program's own folder `media`.
 * Throws ProbeError `input` that says what is wrong with the data and what to do.
 */
export async function loadTrainingData(
  source: TrainingSource,
  { mediaDir }: { mediaDir: string },
): Promise<TrainingData> {
  switch (source.kind) {
    case 'small':
      return { name: l10n.t('Sentiment, 12 sentences'), ...SMALL_SET, notices: [] };
    case 'large':
      return { ...(await loadFile(join(mediaDir, SENTIMENT))), name: l10n.t('Sentiment, 360 sentences') };
    case 'agreement':
      return { ...(await loadFile(join(mediaDir, AGREEMENT))), name: l10n.t('Agreement, 360 sentences') };
    case 'file':
      return loadFile(source.path);
    case 'classes':
      return fromClasses(source.classes);
  }
}

async function loadFile(path: string): Promise<TrainingData> {
  const name = basename(path);
  const text = decode(name, await read(name, path));
  return buildDataset(name, await readRecords(name, text));
}

async function read(name: string, path: string): Promise<Buffer> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new ProbeError('input', l10n.t`${name} is not a file.`);
    if (facts.size > MAX_DATA_BYTES) {
      throw new ProbeError('input', l10n.t`${name} is larger than 16 MB. Give a part of it.`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    throw new ProbeError(
      'input',
      l10n.t`${name} cannot be read (${String((error as NodeJS.ErrnoException).code)}).`,
    );
  }
}

/** UTF-8, or UTF-16 where a byte order mark says so. Anything else is refused: wrong letters would be trained on. */
function decode(name: string, bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = { fffe: 'utf-16le', feff: 'utf-16be' }[mark] ?? 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new ProbeError('input', l10n.t`${name} is not UTF-8 text. Save it as UTF-8 and try again.`);
}

/** One sentence a line. */
function fromClasses(classes: { name: string; text: string }[]): TrainingData {
  const name = classes.map((one) => one.name).join(' / ');
  for (const one of classes) {
    if (one.text.trim() === '') {
      throw new ProbeError('input', l10n.t`The class "${one.name}" has no sentences. Put one on each line.`);
    }
  }
  const names = uniqueNames(classes.map((one) => one.name));
  const rows = classes.flatMap((one, i) =>
    one.text.split(/\r?\n/).map((text) => ({ text, label: names[i] ?? '', split: null })),
  );
  return buildDataset(name, rows);
}

/** Two selections of one file are two classes all the same. */
function uniqueNames(names: string[]): string[] {
  const before = (i: number) => names.slice(0, i).filter((name) => name === names[i]).length;
  return names.map((name, i) => (before(i) > 0 ? `${name} (${before(i) + 1})` : name));
}
