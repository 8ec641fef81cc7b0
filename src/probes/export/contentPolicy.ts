import { createHash } from 'node:crypto';

/** Source of a content security policy that allows one inline script or style: exactly this text, in UTF-8. */
export function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
