import { checkRepoId } from '../models/hub/names';

/**
 * The repository id in what was typed or pasted: `owner/name`, or the address of a model's page. Throws a ProbeError of
 * code `usage` where there is none.
 */
export function parseModelId(text: string): string {
  const typed = text.trim();
  if (!/^https?:\/\//i.test(typed) || !URL.canParse(typed)) return checkRepoId(typed);
  const parts = new URL(typed).pathname.split('/').filter((part) => part !== '');
  const end = parts.findIndex((part) => ['tree', 'blob', 'resolve', 'discussions'].includes(part));
  return checkRepoId((end < 0 ? parts : parts.slice(0, end)).join('/'));
}
