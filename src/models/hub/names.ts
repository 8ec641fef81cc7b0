import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';

const REPO_ID = /^(?:[\w][\w.-]{0,95}\/)?[\w][\w.-]{0,95}$/;
const REVISION = /^[\w][\w./-]{0,199}$/;
/** Names that Windows keeps for devices, with or without an extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** What the download and the cache write beside a model's files. */
const OURS = /(^|\/)model\.json$|\.(partial|lock|takeover|tmp)(\.json)?$/i;

/** Checks a repository id, `name` or `owner/name`. Throws a ProbeError of code `usage`. */
export function checkRepoId(id: string): string {
  const text = id.trim();
  const last = text.split('/').at(-1) ?? '';
  const isOdd = /--|\.\.|\.$|\.git$/.test(text) || DEVICE.test(last) || DEVICE.test(text);
  if (REPO_ID.test(text) && !isOdd) return text;
  throw new ProbeError(
    'usage',
    l10n.t('That is not a model id. One looks like owner/name, such as Xenova/gpt2.'),
  );
}

/** Checks a branch, tag or commit. Throws a ProbeError of code `usage`. */
export function checkRevision(revision: string): string {
  const text = revision.trim();
  if (REVISION.test(text) && !/\.\.|\/\/|\/$/.test(text)) return text;
  throw new ProbeError(
    'usage',
    l10n.t('That is not a revision. Give a branch, a tag or a commit, such as main.'),
  );
}

/** Folder of a repository in the cache, `owner--name`: ids hold no `--`, so that no two meet. */
export function folderOf(id: string): string {
  return id.replace('/', '--');
}

/** The id of a cache folder. */
export function idOf(folder: string): string {
  return folder.replace('--', '/');
}

export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/**
 * What is wrong with a path of a repository's listing: `hostile` leaves the model's folder or hides where it goes,
 * `unusable` cannot be stored under that name everywhere; null where it is fine.
 */
export function pathProblem(path: string): 'hostile' | 'unusable' | null {
  const segments = path.split('/');
  const hasControl = [...path].some((character) => character.charCodeAt(0) < 32 || character === '\x7f');
  if (hasControl || path.includes('\\') || /^[a-z]:/i.test(path)) return 'hostile';
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return 'hostile';
  const isLong = path.length > 1000 || segments.some((segment) => segment.length > 200);
  const isOdd = segments.some((segment) => /[<>:"|?*]|[. ]$/.test(segment) || DEVICE.test(segment));
  return isLong || isOdd || OURS.test(path) ? 'unusable' : null;
}
