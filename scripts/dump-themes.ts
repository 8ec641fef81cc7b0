// Writes the --vscode-* variables of the four default themes, as a real VS Code gives them to the panel, to
// test/webview/themes/. Only those that the built panels name. Run it after `npm run build`:
//   node --import tsx scripts/dump-themes.ts
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root, sampleDir } from './lib/paths.mjs';
import { launchBrowser } from './vscode/browser';
import { startServer } from './vscode/server';
import { THEMES, Workbench } from './vscode/workbench';

const folder = path.join(root, 'test', 'webview', 'themes');

async function main(): Promise<void> {
  const sources = await panelSources();
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const workbench = await Workbench.open(browser, { server, folder: sampleDir, extension: root });
    await workbench.openFile('sentences.md');
    await workbench.selectLine(7);
    await workbench.runCommand('Transformer Probe: Analyze Selection');
    await mkdir(folder, { recursive: true });
    for (const theme of Object.keys(THEMES) as (keyof typeof THEMES)[]) {
      await workbench.setTheme(theme);
      await writeTheme(`${theme}.json`, await readTheme(workbench, `vscode-${theme}`, sources));
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** What the built panels are made of, the UI toolkit in them included. */
async function panelSources(): Promise<string> {
  const folder = path.join(root, 'dist', 'webview');
  const names = (await readdir(folder)).filter((name) => /\.(js|css)$/.test(name));
  const files = names.map((name) => path.join(folder, name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

interface Theme {
  id: string;
  tokens: Record<string, string>;
}

/** The variables that the sources name, as they are once the panel wears a theme of this kind. */
async function readTheme(workbench: Workbench, kind: string, sources: string): Promise<Theme> {
  const panel = workbench.webview();
  await panel.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
  const style = (await panel.locator('html').getAttribute('style')) ?? '';
  const all = [...style.matchAll(/--vscode-([\w-]+): ?([^;]*(?:"[^"]*"[^;]*)*);/g)];
  const used = all.filter(
    ([, name]) => sources.includes(`--vscode-${name}`) || sources.includes(`"${name}"`),
  );
  const tokens = used.map(([, name, value]): [string, string] => [name as string, (value as string).trim()]);
  const id = await panel.locator('body').getAttribute('data-vscode-theme-id');
  return { id: id ?? '', tokens: Object.fromEntries(tokens.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

async function writeTheme(name: string, theme: Theme): Promise<void> {
  const file = path.join(folder, name);
  const json = JSON.stringify(theme);
  await writeFile(file, await format(json, { ...(await resolveConfig(file)), parser: 'json' }));
  console.log(`${path.relative(root, file)}: ${theme.id}, ${Object.keys(theme.tokens).length} variables`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
