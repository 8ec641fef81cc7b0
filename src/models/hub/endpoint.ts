import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';

/** The public Hub, where neither the setting nor `HF_ENDPOINT` names another. */
export const PUBLIC_HUB = 'https://huggingface.co';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The Hub to ask: the setting, else `HF_ENDPOINT`, else the public one. A mirror may live under a path. Throws a
 * ProbeError of code `usage` for anything but an http(s) address without user name and password.
 */
export function hubEndpoint(setting: string | undefined, env: Environment = process.env): URL {
  const text = setting?.trim() || env['HF_ENDPOINT']?.trim() || PUBLIC_HUB;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new ProbeError(
      'usage',
      l10n.t`The Hub's address must look like ${PUBLIC_HUB}. Check the endpoint setting and HF_ENDPOINT.`,
    );
  }
  if (url.username || url.password) {
    throw new ProbeError(
      'usage',
      l10n.t("The Hub's address must not hold a user name or password. Use an access token."),
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  url.search = '';
  url.hash = '';
  return url;
}

/** An address below the endpoint. Segments are encoded, so that a name cannot climb out or add a query. */
export function hubUrl(endpoint: URL, segments: string[], query: Record<string, string> = {}): URL {
  const url = new URL(endpoint);
  const base = url.pathname.replace(/\/+$/, '');
  url.pathname = `${base}/${segments.map(encodeURIComponent).join('/')}`;
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** Whether the environment forbids the network: `HF_HUB_OFFLINE` set to anything but 0 or nothing. */
export function offlineByEnvironment(env: Environment = process.env): boolean {
  return !['', '0', 'false', 'no', 'off'].includes((env['HF_HUB_OFFLINE'] ?? '').trim().toLowerCase());
}

/** Whether a token may travel to an address: encrypted, or to this machine itself. */
export function mayCarryToken(url: URL): boolean {
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || isLocal;
}
