import * as l10n from '@vscode/l10n';
import type { GuideSettings } from '../guide';
import { multiplyAdds } from '../block/costs';
import { cacheBytes, workingBytes } from '../memory/formulas';
import type { Candidate } from './candidates';
import type { GuideTask } from './tasks';

/** Bytes of a number while a model runs here: exports compute in 32 bits. */
const RUN_BYTES = 4;

/** What a candidate needs, by the formulas of the probes Memory and Cost and Feed-Forward and the Block. */
export interface Need {
  /** Weights, cache and working memory; null where sizes are not known. */
  memory: number | null;
  /** Multiply-adds for reading the text and writing the answer. */
  work: number | null;
  seconds: number | null;
}

/** A question, and what its answer leaves. */
export interface Step {
  question: string;
  answer: string;
  left: number;
}

export interface Judged {
  candidate: Candidate;
  need: Need;
  /** Why it is left out; null if it fits. */
  against: string | null;
}

const PERMISSIVE = new Set(['apache-2.0', 'mit', 'bsd-3-clause', 'bsd-2-clause', 'cc0-1.0']);

export function needOf({ bytes, sizes, parts }: Candidate, task: GuideTask, settings: GuideSettings): Need {
  const { length, output, speed } = settings;
  const tokens = length + (task.writes ? output : 0);
  const load = { batch: 1, length: tokens, bytes: RUN_BYTES };
  const memory =
    bytes === null || sizes === null ? null : bytes + workingBytes(sizes, load) + cacheBytes(sizes, load);
  const work = parts && parts.reduce((sum, part) => sum + multiplyAdds(part, tokens), 0);
  return { memory, work, seconds: work === null ? null : work / (speed * 1e9) };
}

interface Question {
  question: string;
  answer: string;
  /** Why the model is out; null if it stays. */
  against(candidate: Candidate, need: Need): string | null;
}

/** The questions in their order, with the answers that the settings give. */
function questions(task: GuideTask, settings: GuideSettings, memory: number): Question[] {
  const { material, license, seconds } = settings;
  const families = task.families.map(({ family }) => family);
  return [
    {
      question: l10n.t('What is it for?'),
      answer: task.label,
      against: ({ family }) => (families.includes(family) ? null : l10n.t`family: ${family}`),
    },
    {
      question: l10n.t('Trained for that?'),
      answer: task.trained ? l10n.t('it must be') : l10n.t('not needed'),
      against: ({ name }) => (!task.trained || task.trained.test(name) ? null : l10n.t('not trained for it')),
    },
    {
      question: l10n.t('What does it read?'),
      answer: material === 'code' ? l10n.t('source code') : l10n.t('language'),
      against: ({ isForCode }) =>
        isForCode === (material === 'code')
          ? null
          : isForCode
            ? l10n.t('made for code')
            : l10n.t('made for language'),
    },
    {
      question: l10n.t('How much memory is there?'),
      answer: l10n.t`${(memory / 1e9).toFixed(1)} GB`,
      against: (_, need) =>
        need.memory === null || need.memory <= memory
          ? null
          : l10n.t`needs ${(need.memory / 1e9).toFixed(1)} GB`,
    },
    {
      question: l10n.t('How long may it take?'),
      answer: `${seconds} s`,
      against: (_, need) =>
        need.seconds === null || need.seconds <= seconds
          ? null
          : l10n.t`takes about ${need.seconds.toFixed(1)} s`,
    },
    {
      question: l10n.t('Which license?'),
      answer: {
        any: 'any',
        stated: l10n.t('one that is stated'),
        permissive: l10n.t('Apache, MIT or alike'),
      }[license],
      against: (candidate) => {
        if (license === 'any') return null;
        if (candidate.license === null) return l10n.t('states no license');
        const isFree = license === 'stated' || PERMISSIVE.has(candidate.license.toLowerCase());
        return isFree ? null : l10n.t`license: ${candidate.license}`;
      },
    },
  ];
}

/**
 * Asks every candidate all questions. Those that fit come first: of the family that suits the task best, those on this
 * machine before the others, and larger before smaller.
 */
export function choose(
  all: readonly Candidate[],
  task: GuideTask,
  settings: GuideSettings,
  machineMemory: number,
): { steps: Step[]; judged: Judged[]; memory: number } {
  const memory = settings.memory > 0 ? settings.memory * 1e9 : machineMemory;
  const judged = all.map((candidate): Judged => ({
    ...{ candidate, need: needOf(candidate, task, settings), against: null },
  }));
  const steps = questions(task, settings, memory).map(({ question, answer, against }): Step => {
    for (const one of judged) one.against ??= against(one.candidate, one.need);
    return { question, answer, left: judged.filter((one) => one.against === null).length };
  });
  const rank = ({ candidate }: Judged) =>
    task.families.findIndex(({ family }) => family === candidate.family);
  const away = ({ candidate }: Judged) => Number(candidate.place === 'hub');
  const size = ({ candidate }: Judged) => candidate.parameters ?? 0;
  judged.sort((a, b) => rank(a) - rank(b) || away(a) - away(b) || size(b) - size(a));
  return { steps, judged, memory };
}
