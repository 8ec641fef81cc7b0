import type { Condition, Fields, Settings } from './probe';

/**
 * Why a field changes nothing with these settings: the condition that is not met, its own or that of the field that it
 * depends on; null where the field is of use.
 */
export function unmetCondition(fields: Fields, settings: Settings, name: string): Condition | null {
  const condition = fields[name]?.when;
  if (!condition) return null;
  return holds(condition, settings) ? unmetCondition(fields, settings, condition.field) : condition;
}

/** Does the field change anything with these settings? */
export function isUsed(fields: Fields, settings: Settings, name: string): boolean {
  return unmetCondition(fields, settings, name) === null;
}

export function holds({ field, is }: Condition, settings: Settings): boolean {
  return is.some((value) => value === settings[field]);
}
