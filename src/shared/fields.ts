import type { Field, Fields, Settings } from './probe';

/**
 * Why a field changes nothing with these settings: the condition that is not met, its own or that of the field that it
 * depends on; null where the field is of use.
 */
export function unmetCondition(
  fields: Fields,
  settings: Settings,
  name: string,
): NonNullable<Field['when']> | null {
  const condition = fields[name]?.when;
  if (!condition) return null;
  const isMet = condition.is.some((value) => value === settings[condition.field]);
  return isMet ? unmetCondition(fields, settings, condition.field) : condition;
}

/** Does the field change anything with these settings? */
export function isUsed(fields: Fields, settings: Settings, name: string): boolean {
  return unmetCondition(fields, settings, name) === null;
}
