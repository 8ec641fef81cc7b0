import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';

interface Manifest {
  icon: string;
  activationEvents: string[];
  contributes: {
    commands: { command: string; icon?: string | { light: string; dark: string } }[];
    views: Record<string, { id: string; icon: string }[]>;
    viewsContainers: Record<string, { icon: string }[]>;
  };
}

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => read(path.join('src', name)))
  .join('\n');

/** VS Code's own keys that this extension uses, as its reference of when clause contexts lists them. */
const VSCODE_KEYS = [
  'activeCustomEditorId',
  'activeWebviewPanelId',
  'editorHasSelection',
  'editorTextFocus',
  'resourceExtname',
  'resourceLangId',
  'resourceScheme',
  'view',
  'viewItem',
  'webviewId',
  'webviewSection',
];

/** Every `when` and `enablement` of the manifest. */
function clausesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(clausesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && ['when', 'enablement'].includes(key) ? [inner] : clausesOf(inner),
  );
}

const clauses = [...new Set(clausesOf(manifest.contributes))];

interface Term {
  key: string;
  /** What it is compared with; of a regular expression the words in it. */
  values: string[];
}

/** `!a && b == c && d =~ /^(e|f)$/` -> a; b: c; d: e, f */
function termsOf(clause: string): Term[] {
  return clause.split(/\s*(?:&&|\|\|)\s*/).map((term) => {
    const [, key = '', sign, value = ''] =
      /^[!(]*([\w.:-]+)\)*(?:\s*(==|!=|=~)\s*(.+?)\)*)?$/.exec(term) ?? [];
    const words = sign === '=~' ? (value.match(/[\w.-]+/g) ?? []) : [value.replace(/^'|'$/g, '')];
    return { key, values: words.filter(Boolean) };
  });
}

const terms = clauses.filter((clause) => clause !== 'false').flatMap(termsOf);
const valuesOf = (key: string) => [
  ...new Set(terms.filter((term) => term.key === key).flatMap((term) => term.values)),
];

/** Keys that the sources set, written out or by a constant. */
function keysThatAreSet(): string[] {
  const set = [...sources.matchAll(/'setContext',\s*(?:'([\w.]+)'|(\w+))/g)];
  return set.map(
    ([, literal, name]) => literal ?? new RegExp(`${name} = '([\\w.]+)'`).exec(sources)?.[1] ?? '',
  );
}

describe('when clauses', () => {
  it('are read term by term', () => {
    assert.deepEqual(termsOf("!a.b && c == d.e && f =~ /^(g|h)$/ || i == 'j'"), [
      { key: 'a.b', values: [] },
      { key: 'c', values: ['d.e'] },
      { key: 'f', values: ['g', 'h'] },
      { key: 'i', values: ['j'] },
    ]);
  });

  it('use keys of VS Code or keys that the sources set, and every key that is set', () => {
    const own = keysThatAreSet();
    assert.ok(own.length > 0 && !own.includes(''));
    const used = [...new Set(terms.map(({ key }) => key))];
    for (const key of used) assert.ok(VSCODE_KEYS.includes(key) || own.includes(key), `unknown key: ${key}`);
    for (const key of own) assert.ok(used.includes(key), `nothing asks for ${key}`);
  });

  it('name views and panels that are declared', () => {
    const views = Object.values(manifest.contributes.views).flatMap((list) => list.map(({ id }) => id));
    for (const view of valuesOf('view')) assert.ok(views.includes(view), view);
    for (const panel of valuesOf('activeWebviewPanelId'))
      assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${panel}`), panel);
  });

  it('name kinds of rows that the sources give to rows', () => {
    const kinds = valuesOf('viewItem');
    assert.ok(kinds.length > 5);
    for (const kind of kinds) assert.match(sources, new RegExp(`['\`.]${kind}\\b`), kind);
  });
});

describe('icons', () => {
  it('are files of this repository or icons of VS Code', () => {
    const { commands, views, viewsContainers } = manifest.contributes;
    const shown = [...Object.values(views), ...Object.values(viewsContainers)].flat();
    const icons = [...commands, ...shown].flatMap(({ icon }) =>
      typeof icon === 'object' ? Object.values(icon) : (icon ?? []),
    );
    assert.ok(icons.length > 10);
    for (const icon of [...icons, manifest.icon])
      assert.ok(/^\$\([a-z-]+\)$/.test(icon) || existsSync(path.join(root, icon)), icon);
  });

  it('have the size that the Marketplace asks for', () => {
    const png = readFileSync(path.join(root, manifest.icon));
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    // Width and height follow the first chunk's name.
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [256, 256]);
  });
});
