import * as l10n from '@vscode/l10n';
import { ProbeError, type ProbeErrorCode } from '../../shared/errors';

/**
 * One try that failed and may go well the next time. The message is the second half of a sentence and names neither
 * tokens nor addresses with queries.
 */
export class Transient extends Error {
  constructor(
    message: string,
    /** Milliseconds that the server asks to wait. */
    readonly waitMs?: number,
    /** The code of the ProbeError that it becomes when the tries are used up. */
    readonly code: ProbeErrorCode = 'runtime',
  ) {
    super(message);
    this.name = 'Transient';
  }
}

/** The bytes are all there and are not the file's. */
export class WrongBytes extends Error {}

/** What a request was for, as errors name it. */
export interface Subject {
  /** Repository id, or the search. */
  name: string;
  revision?: string;
  path?: string;
}

/** What an HTTP status that is no success means. Throws a Transient, or a ProbeError where trying again is no use. */
export function throwForStatus(
  status: number,
  headers: Headers,
  subject: Subject,
  host: string,
  hasToken: boolean,
): never {
  if (status === 429 || status === 503)
    throw new Transient(l10n.t`${host} is busy (${status})`, retryAfter(headers));
  if (status >= 500 || status === 408 || status === 425)
    throw new Transient(l10n.t`${host} answered ${status}`);
  const code = headers.get('x-error-code');
  if (code === 'GatedRepo') throw gated(subject, host, hasToken);
  if (status === 401 || status === 403) throw refused(subject, host, hasToken);
  if (status === 404 || status === 410) throw notFound(subject, host, code, hasToken);
  throw new ProbeError(
    'model',
    l10n.t`${host} answered ${status} for ${subject.name}. Check the id and the Hub's address.`,
  );
}

function gated({ name }: Subject, host: string, hasToken: boolean): ProbeError {
  const next = hasToken
    ? l10n.t('The account of your access token has not been let in yet: ask for access on its page')
    : l10n.t('Accept its conditions on its page, then set an access token');
  return new ProbeError('model', l10n.t`${name} is a gated model. ${next} (https://${host}/${name}).`, {
    reason: 'no-access',
    id: name,
  });
}

function refused({ name }: Subject, host: string, hasToken: boolean): ProbeError {
  return new ProbeError(
    'model',
    hasToken
      ? l10n.t`${host} does not let your access token read ${name}. Check that the token is valid and the id is right.`
      : l10n.t`There is no public model ${name} at ${host}. Check the id; a private or gated model needs an access token.`,
    { reason: 'no-access', id: name },
  );
}

function notFound({ name, revision, path }: Subject, host: string, code: string | null, hasToken: boolean) {
  if (code === 'RevisionNotFound') {
    return new ProbeError(
      'model',
      l10n.t`${name} has no revision ${revision ?? ''}. Leave it out to take main.`,
    );
  }
  if (path !== undefined && code !== 'RepoNotFound') {
    return new ProbeError(
      'model',
      l10n.t`${path} is no longer in ${name} at that revision. Fetch the model again.`,
    );
  }
  const hint = hasToken ? '' : l10n.t('; a private model needs an access token');
  return new ProbeError('model', l10n.t`There is no model ${name} at ${host}. Check the id${hint}.`);
}

/** Retry-After in milliseconds: seconds or a date. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
