import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { PROVIDERS } from '../../src/shared/provider';

interface Manifest {
  name: string;
  main: string;
  bin: Record<string, string>;
  icon?: string;
  activationEvents: string[];
  extensionKind: string[];
  capabilities: {
    untrustedWorkspaces: { supported: unknown; description: string; restrictedConfigurations: string[] };
    virtualWorkspaces: { supported: unknown; description: string };
  };
  contributes: {
    commands: { command: string; title: string; category: string }[];
    menus: Record<string, { command: string; when?: string; group?: string }[]>;
    configuration: { title: string; properties: Record<string, Setting> }[];
  };
}

interface Setting {
  type: string;
  default: unknown;
  scope: string;
  order: number;
  minimum?: number;
  maximum?: number;
  enum?: string[];
  enumItemLabels?: string[];
  markdownEnumDescriptions?: string[];
  markdownDescription: string;
}

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const readme = read('README.md');
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => read(path.join('src', name)))
  .join('\n');

const { commands, menus, configuration } = manifest.contributes;
const declared = commands.map(({ command }) => command);
const settings = Object.assign({}, ...configuration.map(({ properties }) => properties)) as Record<
  string,
  Setting
>;

/** First groups of all matches, each once, sorted. */
function found(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))].sort();
}

describe('package.json', () => {
  it('takes every text from package.nls.json, which has no others', () => {
    const used = found(read('package.json'), /"%([\w.]+)%"/g);
    assert.deepEqual(used, Object.keys(texts).sort());
    for (const { title } of commands) assert.match(title, /^%command\./);
  });

  it('declares each command once, in one category', () => {
    assert.equal(new Set(declared).size, declared.length);
    for (const { command, category } of commands) {
      assert.match(command, /^transformerProbe\.\w+$/);
      assert.equal(category, 'Transformer Probe');
    }
  });

  it('declares every command that the sources run and the menus show', () => {
    const run = found(sources, /executeCommand\(\s*'(transformerProbe\.\w+)'/g);
    assert.ok(run.length > 0);
    const shown = Object.values(menus).flatMap((items) => items.map(({ command }) => command));
    for (const command of [...run, ...shown]) assert.ok(declared.includes(command), command);
  });

  it('offers every command to the keyboard: in the palette, a view’s title or the menu of its rows', () => {
    const hidden = menus.commandPalette?.filter(({ when }) => when === 'false') ?? [];
    // Icons in a row are for the pointer; Shift+F10 opens the menu, and Tab leads to a view's title.
    const rows = (menus['view/item/context'] ?? []).filter(({ group }) => !group?.startsWith('inline'));
    const reachable = [...rows, ...(menus['view/title'] ?? [])].map(({ command }) => command);
    assert.ok(hidden.length > 10);
    for (const { command } of hidden) assert.ok(reachable.includes(command), command);
  });

  it('offers what needs a selection only where there is one', () => {
    for (const item of menus['editor/context'] ?? []) assert.match(item.when ?? '', /\beditorHasSelection\b/);
  });

  it('is activated by its commands, its panels and its notes only', () => {
    const named = (pattern: RegExp) =>
      found(sources, pattern).map((name) => found(sources, new RegExp(`${name} = '([\\w.-]+)'`, 'g')).join());
    const panels = named(/registerWebviewPanelSerializer\((\w+)/g);
    const schemes = named(/registerFileSystemProvider\((\w+)/g);
    assert.ok(panels.length > 1 && schemes.length > 0);
    assert.deepEqual(
      [...manifest.activationEvents].sort(),
      [
        ...panels.map((view) => `onWebviewPanel:${view}`),
        ...schemes.map((scheme) => `onFileSystem:${scheme}`),
      ].sort(),
    );
  });

  it('declares the settings that the sources read, and no others', () => {
    const used = found(sources, /(?:\bsetting|\.get)\('([\w.]+)',/g).map(
      (name) => `transformerProbe.${name}`,
    );
    assert.deepEqual(Object.keys(settings).sort(), used);
  });

  it('gives every setting a default within its bounds, a scope, a place and a description', () => {
    const orders = Object.values(settings).map(({ order }) => order);
    assert.equal(new Set(orders).size, orders.length);
    for (const [name, { type, default: value, minimum, maximum, ...setting }] of Object.entries(settings)) {
      assert.equal(typeof value, type === 'integer' ? 'number' : type, name);
      if (type === 'integer')
        assert.ok(Number(value) >= Number(minimum) && Number(value) <= Number(maximum), name);
      assert.match(setting.markdownDescription, /^%setting\./, name);
      assert.match(setting.scope, /^(machine|window|resource)$/, name);
    }
  });

  it('shows its settings in titled groups, in the order of their places', () => {
    for (const { title } of configuration) assert.match(title, /^%settings\.\w+%$/);
    const orders = Object.values(settings).map(({ order }) => order);
    assert.deepEqual(
      orders,
      [...orders].sort((a, b) => a - b),
    );
  });

  it('explains every value of a setting that is a choice', () => {
    for (const [name, setting] of Object.entries(settings)) {
      if (!setting.enum) continue;
      assert.ok(setting.enum.includes(String(setting.default)), name);
      assert.equal(setting.enumItemLabels?.length, setting.enum.length, name);
      const keys = setting.enum.map(
        (value) => `%setting.${name.slice('transformerProbe.'.length)}.${value}%`,
      );
      assert.deepEqual(setting.markdownEnumDescriptions, keys);
    }
    assert.deepEqual(settings['transformerProbe.inference.provider']?.enum, [...PROVIDERS]);
  });

  it('lets no workspace name a model, a program, a folder or an address', () => {
    const free = ['transformerProbe.editor.highlightTokens'];
    for (const [name, { type, scope }] of Object.entries(settings)) {
      assert.equal(scope, free.includes(name) ? 'window' : 'machine', name);
      const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes(name);
      assert.equal(restricted, type === 'string', name);
    }
  });

  it('says how it works in untrusted and virtual workspaces, and that it computes next to the files', () => {
    const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
    for (const { supported, description } of [untrustedWorkspaces, virtualWorkspaces]) {
      assert.equal(supported, 'limited');
      assert.match(description, /^%capability\./);
    }
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });

  it('names files that exist or that the build makes', () => {
    const built = read('scripts/lib/bundles.mjs');
    for (const file of [manifest.main, ...Object.values(manifest.bin)]) {
      assert.match(file, /^\.\/dist\/\w+\.js$/);
      assert.match(built, new RegExp(`\\b${path.basename(file, '.js')}: 'src/`), file);
    }
    if (manifest.icon) assert.ok(existsSync(path.join(root, manifest.icon)), manifest.icon);
  });
});

describe('README.md', () => {
  it('describes every command by its title', () => {
    const titles = commands.map(({ title }) => texts[title.slice(1, -1)] as string);
    const analysis = titles.filter((title) => !/^(Open Sample|Show Log)$/.test(title));
    for (const title of analysis) assert.ok(readme.includes(`**${title}**`), title);
  });

  it('lists every setting with its default, and no others', () => {
    const listed = [...readme.matchAll(/^\| `(transformerProbe\.[\w.]+)` \| (.+?) \|/gm)].map(
      ([, name, value]) => [name, (value as string).replaceAll('`', '')],
    );
    const expected = Object.entries(settings).map(([name, setting]) => [
      name,
      setting.default === '' ? 'empty' : String(setting.default),
    ]);
    assert.deepEqual(listed.sort(), expected.sort());
  });

  it('names npm scripts and images that exist', () => {
    const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
    for (const script of found(readme, /^npm (?:run )?(\w+)/gm)) assert.ok(scripts[script], script);
    for (const image of found(readme, /!\[[^\]]*\]\((media\/[^)]+)\)/g)) {
      assert.ok(existsSync(path.join(root, image)), image);
    }
  });
});
