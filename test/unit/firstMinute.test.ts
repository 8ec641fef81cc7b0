import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';

interface Step {
  id: string;
  title: string;
  description: string;
  media: { svg: string; altText: string };
  completionEvents: string[];
}

interface Manifest {
  contributes: {
    commands: { command: string }[];
    configuration: { properties: Record<string, unknown> }[];
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; contents: string }[];
    walkthroughs: { steps: Step[] }[];
  };
}

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { contributes } = JSON.parse(read('package.json')) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const commands = contributes.commands.map(({ command }) => command);
const settings = contributes.configuration.flatMap(({ properties }) => Object.keys(properties));
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
const textOf = (key: string) => texts[key.slice(1, -1)] ?? '';

/** The commands of links that stand alone on a line, which VS Code shows as buttons. */
function buttonsOf(text: string): string[] {
  return [...text.matchAll(/^\[[^\]]+\]\(command:([\w.]+)[^)]*\)$/gm)].map(
    ([, command]) => command as string,
  );
}

describe('walkthrough', () => {
  it('has three to five steps, each with a button that completes it', () => {
    assert.ok(steps.length >= 3 && steps.length <= 5);
    for (const { id, description, completionEvents } of steps) {
      const [button, ...more] = buttonsOf(textOf(description));
      assert.ok(button && commands.includes(button), id);
      assert.deepEqual(more, [], id);
      assert.ok(completionEvents.includes(`onCommand:${button}`), id);
    }
  });

  it('waits for commands and settings that are there', () => {
    for (const event of steps.flatMap(({ completionEvents }) => completionEvents)) {
      const [, kind, name = ''] = /^(onCommand|onSettingChanged):(.+)$/.exec(event) ?? [];
      assert.ok((kind === 'onCommand' ? commands : settings).includes(name), event);
    }
  });

  it('has pictures in the colors of the theme only, and words for who cannot see them', () => {
    for (const { id, media } of steps) {
      const picture = read(media.svg);
      const colors = [...picture.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, color]) => color as string);
      assert.ok(colors.length > 10, id);
      for (const color of colors) assert.match(color, /^(none|var\(--vscode-[\w-]+\))$/, id);
      // The page around it runs no scripts, applies no style attributes and loads nothing.
      assert.doesNotMatch(picture, /<(script|style|image|foreignObject)|style=|href=| on\w+=/, id);
      assert.ok(textOf(media.altText).length > 20, id);
    }
  });
});

describe('welcome views', () => {
  it('have one button each, of a command that is there', () => {
    const views = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id));
    for (const { view, contents } of contributes.viewsWelcome) {
      assert.ok(views.includes(view), view);
      const buttons = buttonsOf(textOf(contents));
      assert.equal(buttons.length, 1, view);
      assert.ok(commands.includes(buttons[0] as string), view);
    }
  });
});

describe('sample', () => {
  const sample = read('media/sample/sentences.md');

  it('begins with a sentence that can be analyzed, and has one of each kind that is promised', () => {
    assert.match(sample, /^The animal didn't cross the street because it was too tired\.$/m);
    const headings = [...sample.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    for (const kind of ['Who is meant', 'Agreement over a distance', 'Code with a variable', 'A translation'])
      assert.ok(headings.includes(kind), kind);
  });
});
