import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { SeededRandom } from '../../shared/random';
import { MAX_CLASSES, MAX_SENTENCES } from '../../shared/training';
import type { LabeledSentence, TrainingData } from '../../shared/training';
import type { DataRow } from './table';

/** Part of each class that is held out where the data does not say what to test on. */
const TEST_PART = 0.25;
/** The split and the sample are the same for everybody. */
const SPLIT_SEED = 0;

/**
 * Labelled rows as a data set: classes in alphabetical order, white space trimmed, empty rows and repeated sentences left
 * out (those of the test set from the training set), too many cut to a sample, a quarter of each class held out where the
 * rows do not say which. What was done is in the notices. Throws ProbeError `input` where there is nothing to learn or
 * to test.
 */
export function buildDataset(name: string, rows: readonly DataRow[]): TrainingData {
  const notices: string[] = [];
  const labels = classNames(name, rows);
  const clean = withoutRepetitions(rows, labels, notices);
  const kept = sampled(clean, labels.length, notices);
  const split = kept.some((one) => one.split !== null) ? asSaid(kept) : heldOut(kept, labels.length);
  checkClasses(name, labels, split);
  return { name, labels, ...split, notices };
}

interface Row extends LabeledSentence {
  split: DataRow['split'];
}

type Split = Pick<TrainingData, 'train' | 'test'>;

function classNames(name: string, rows: readonly DataRow[]): string[] {
  const labels = [...new Set(rows.map(({ label }) => label.trim()))].filter((label) => label !== '').sort();
  if (labels.length === 0)
    throw bad(l10n.t`${name} has no labeled sentences. Each needs a text and a label.`);
  if (labels.length === 1) {
    throw bad(
      l10n.t`All sentences of ${name} are of one class. There must be at least two classes to tell apart.`,
    );
  }
  if (labels.length > MAX_CLASSES) {
    throw bad(
      l10n.t`${name} has ${labels.length.toLocaleString('en-US')} different labels; ${MAX_CLASSES} classes are the most. Is it the right column?`,
    );
  }
  return labels;
}

function withoutRepetitions(rows: readonly DataRow[], labels: string[], notices: string[]): Row[] {
  const seen = new Map<string, Row>();
  let [empty, repeated, contradictory] = [0, 0, 0];
  for (const { text, label, split } of rows) {
    const row = { text: text.trim(), label: labels.indexOf(label.trim()), split };
    if (row.text === '' || row.label < 0) {
      empty++;
      continue;
    }
    const key = row.text.toLowerCase().replace(/\s+/g, ' ');
    const known = seen.get(key);
    if (known && known.label !== row.label) contradictory++;
    if (known) repeated++;
    // A sentence of both sets is a test sentence.
    if (!known || (split === 'test' && known.split !== 'test')) seen.set(key, row);
  }
  if (empty > 0)
    notices.push(
      empty === 1
        ? l10n.t('1 row without a text or a label left out.')
        : l10n.t`${empty.toLocaleString('en-US')} rows without a text or a label left out.`,
    );
  if (repeated > 0) {
    const count = repeated.toLocaleString('en-US');
    const leftOut =
      repeated === 1
        ? l10n.t('1 repeated sentence left out, so that none is both trained and tested on')
        : l10n.t`${count} repeated sentences left out, so that none is both trained and tested on`;
    const other =
      contradictory > 0 ? l10n.t`; ${contradictory} of them had another label the second time.` : '.';
    notices.push(leftOut + other);
  }
  return [...seen.values()];
}

/** At most MAX_SENTENCES, as many of each class in proportion, and of each split. */
function sampled(rows: Row[], classes: number, notices: string[]): Row[] {
  if (rows.length <= MAX_SENTENCES) return rows;
  notices.push(
    l10n.t`A sample of ${MAX_SENTENCES.toLocaleString('en-US')} of ${rows.length.toLocaleString('en-US')} sentences is used.`,
  );
  const part = MAX_SENTENCES / rows.length;
  const random = new SeededRandom(SPLIT_SEED, 1);
  return groups(rows, classes).flatMap((group) =>
    random.shuffled(group).slice(0, Math.max(1, Math.floor(group.length * part))),
  );
}

function groups(rows: Row[], classes: number): Row[][] {
  const all: Row[][] = [];
  for (let label = 0; label < classes; label++) {
    for (const isTest of [false, true]) {
      all.push(rows.filter((row) => row.label === label && (row.split === 'test') === isTest));
    }
  }
  return all.filter((group) => group.length > 0);
}

function asSaid(rows: Row[]): Split {
  const of = (isTest: boolean) => rows.filter(({ split }) => (split === 'test') === isTest).map(plain);
  return { train: of(false), test: of(true) };
}

function heldOut(rows: Row[], classes: number): Split {
  const random = new SeededRandom(SPLIT_SEED);
  const [train, test]: LabeledSentence[][] = [[], []];
  for (let label = 0; label < classes; label++) {
    const group = random.shuffled(rows.filter((row) => row.label === label)).map(plain);
    const count = Math.min(group.length - 1, Math.max(1, Math.round(group.length * TEST_PART)));
    test?.push(...group.slice(0, Math.max(0, count)));
    train?.push(...group.slice(Math.max(0, count)));
  }
  return { train: train ?? [], test: test ?? [] };
}

function plain({ text, label }: Row): LabeledSentence {
  return { text, label };
}

function checkClasses(name: string, labels: string[], { train, test }: Split): void {
  if (test.length === 0)
    throw bad(l10n.t`${name} has no test sentences. Mark some with "test" in its split column.`);
  for (const [label, className] of labels.entries()) {
    if ([train, test].every((list) => list.some((one) => one.label === label))) continue;
    throw bad(
      l10n.t`The class "${shown(className)}" of ${name} has too few sentences. Each class needs at least two, one to learn from and one to test.`,
    );
  }
}

/** A label out of a file, short and on one line. */
function shown(label: string): string {
  return label.replace(/[\p{C}"]/gu, '?').slice(0, 40);
}

function bad(message: string): ProbeError {
  return new ProbeError('input', message);
}
