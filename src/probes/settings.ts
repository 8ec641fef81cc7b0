import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import type { Field, Fields, Settings } from '../shared/probe';

const MAX_TEXT = 100_000;
const MAX_REFERENCE = 4096;

type SettingValue = Settings[string];

export function defaultSettings(fields: Fields): Settings {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default]));
}

/** Settings from outside: what a field does not allow gives way to its default, unknown names are dropped. */
export function cleanSettings(fields: Fields, raw: unknown): Settings {
  const given = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      return [name, isAllowed(field, value) ? value : field.default];
    }),
  );
}

/** A value as the command line gives it. Throws a `usage` error that says what is allowed. */
export function parseSetting(name: string, field: Field, text: string): SettingValue {
  const value =
    field.kind === 'number' ? Number(text.trim() || NaN) : field.kind === 'boolean' ? flag(text) : text;
  if (isAllowed(field, value)) return value;
  throw new ProbeError('usage', l10n.t`"${name}" takes ${allowed(field)}.`);
}

/** What a field takes, for people. */
export function allowed(field: Field): string {
  switch (field.kind) {
    case 'number':
      return field.integer
        ? l10n.t`a whole number from ${field.min} to ${field.max}`
        : l10n.t`a number from ${field.min} to ${field.max}`;
    case 'choice':
      return l10n.t`one of ${field.options.map(({ value }) => value).join(', ')}`;
    case 'boolean':
      return l10n.t('true or false');
    case 'model':
      return l10n.t`a model${field.families ? ` (${field.families.join(', ')})` : ''}`;
    case 'file':
      return field.folder
        ? l10n.t('a folder')
        : l10n.t`a file (${field.extensions.map((one) => `.${one}`).join(', ')})`;
    case 'text':
      return l10n.t`a text of at most ${MAX_TEXT} characters`;
  }
}

function isAllowed(field: Field, value: unknown): value is SettingValue {
  switch (field.kind) {
    case 'number':
      return (
        typeof value === 'number' &&
        value >= field.min &&
        value <= field.max &&
        (!field.integer || Number.isInteger(value))
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return field.options.some((option) => option.value === value);
    case 'text':
      return typeof value === 'string' && value.length <= MAX_TEXT;
    case 'model':
    case 'file':
      return typeof value === 'string' && value.length <= MAX_REFERENCE;
  }
}

function flag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
