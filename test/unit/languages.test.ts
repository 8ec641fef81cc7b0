import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { BUNDLE, collectMessages } from '../../scripts/lib/messages.mjs';
import { root } from '../../scripts/lib/paths.mjs';

type Texts = Record<string, string>;

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Texts;
const messages = collectMessages();
const manifest = read(path.join(root, 'package.nls.json'));
const languages = readdirSync(path.dirname(BUNDLE)).flatMap((name) => {
  const language = /^bundle\.l10n\.([\w-]+)\.json$/.exec(name)?.[1];
  return language === undefined ? [] : [language];
});

/** Part of the texts that a language has at least; where one is missing, English is shown. */
const COVERED = 0.97;

/** `{0}`, `$(icon)`, `command:` links and code, which a translation keeps. */
function kept(text: string): string[] {
  return [...text.matchAll(/\{\d+\}|\$\([\w-]+\)|\(command:[^)]+\)|`[^`]+`/g)].map(([part]) => part).sort();
}

/** Keys that are not there any more, and translations that lost a part that has to be kept. */
function faults(translated: Texts, texts: Texts): string[] {
  return Object.entries(translated).flatMap(([key, translation]) => {
    const text = texts[key];
    if (text === undefined) return [`${key}: no such text any more`];
    const ends = /^\s*|\s*$/g;
    const same =
      kept(text).join() === kept(translation).join() &&
      text.match(ends)?.join('|') === translation.match(ends)?.join('|');
    return same ? [] : [`${key}: placeholders, code or spaces at the ends differ`];
  });
}

describe('languages', () => {
  it('the bundle for translators has the messages of the sources: npm run messages', () => {
    assert.deepEqual(read(BUNDLE), messages);
  });

  it('at least one language is there', () => assert.ok(languages.length > 0));

  for (const language of languages) {
    it(`${language} translates messages that are there, and keeps what is to be kept`, () => {
      const bundle = read(path.join(root, 'l10n', `bundle.l10n.${language}.json`));
      const nls = read(path.join(root, `package.nls.${language}.json`));
      assert.deepEqual([...faults(bundle, messages), ...faults(nls, manifest)], []);
      const texts = [...Object.keys(messages), ...Object.keys(manifest)];
      const missing = texts.filter((key) => !(key in bundle) && !(key in nls));
      assert.ok(
        missing.length <= (1 - COVERED) * texts.length,
        `${missing.length} are missing:\n${missing.join('\n')}`,
      );
    });
  }
});
