import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(__dirname, '..', '..');

/** Paths of the files below a folder with one of these endings. */
function files(folder: string, ...endings: string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name));
}

/**
 * Everything shown comes from the model that was run. The linter forbids `Math.random` by name; this looks at the text
 * of all sources, however they come by it.
 */
test('no source takes a number from Math.random', () => {
  const sources = [...files('src', '.ts'), ...files('webview', '.ts')];
  assert.ok(sources.length > 100);
  for (const source of sources) {
    const text = readFileSync(join(root, source), 'utf8');
    assert.doesNotMatch(
      text,
      /Math\s*(\?\.|\.)\s*random|Math\s*\[|\brandom\s*\}\s*=\s*Math|globalThis\s*\[/,
      source,
    );
  }
});
