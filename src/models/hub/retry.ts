import * as l10n from '@vscode/l10n';
import { randomInt } from 'node:crypto';
import { ProbeError } from '../../shared/errors';
import { Transient } from './fault';

/** How long to go on trying. */
export interface RetryPolicy {
  /** Failures in a row, without a byte of progress between them, before giving up. */
  tries: number;
  /** First pause, in milliseconds; it doubles with each failure. */
  baseMs: number;
  /** Longest pause of our own. */
  capMs: number;
  /** Longest pause that a server may ask for. */
  longestAskedMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { tries: 6, baseMs: 500, capMs: 30_000, longestAskedMs: 120_000 };
/** A server that cuts off after every few bytes is left alone in the end. */
const MOST_TRIES = 200;

export interface RetryOptions {
  /** What is being done, as the error says it: `onnx/model.onnx of Xenova/gpt2 could not be downloaded`. */
  failure: string;
  /** What to do about it, as a sentence. */
  advice: string;
  policy: RetryPolicy;
  signal?: AbortSignal;
  log?: (message: string) => void;
  /** A number that grows with success; growth since the last failure starts the count of failures again. */
  progress?: () => number;
}

/** Runs a step until it does not throw a Transient, with growing pauses. Other errors pass through at once. */
export async function withRetries<T>(step: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy, progress = () => 0 } = options;
  let failures = 0;
  let mark = progress();
  for (let tries = 1; ; tries++) {
    try {
      throwIfCancelled(options.signal);
      return await step();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      if (progress() > mark) failures = 0;
      mark = progress();
      failures++;
      const wait = error.waitMs ?? backoff(failures, policy);
      if (failures >= policy.tries || tries >= MOST_TRIES || wait > policy.longestAskedMs) {
        throw gaveUp(options, error);
      }
      options.log?.(`${options.failure} yet: ${error.message}; trying again in ${wait} ms`);
      await pause(wait, options.signal);
    }
  }
}

/** Waits, unless cancelled. Throws a ProbeError of code `cancelled`. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  throwIfCancelled(signal);
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
  throwIfCancelled(signal);
}

export function throwIfCancelled(signal?: AbortSignal): void {
  if (!signal?.aborted) return;
  throw signal.reason instanceof ProbeError
    ? signal.reason
    : new ProbeError('cancelled', l10n.t('The download was stopped.'));
}

/** A pause between nothing and the doubled base, so that many clients do not come back at the same moment. */
function backoff(failures: number, { baseMs, capMs }: RetryPolicy): number {
  const most = Math.min(capMs, baseMs * 2 ** (failures - 1));
  return Math.ceil(most / 2) + randomInt(Math.ceil(most / 2) + 1);
}

function gaveUp({ failure, advice }: RetryOptions, { code, message, waitMs }: Transient): ProbeError {
  const asked = waitMs === undefined ? '' : l10n.t` and asks to wait ${Math.ceil(waitMs / 1000)} s`;
  return new ProbeError(code, `${failure}: ${message}${asked}. ${advice}`);
}
