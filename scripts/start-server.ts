// Opens a VS Code server with the extension on the sample, in the default browser where there is one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { root, sampleDir } from './lib/paths.mjs';
import { findOnPath } from './lib/processes.mjs';
import { workbenchUrl } from './vscode/browser';
import { startServer } from './vscode/server';

async function main(): Promise<void> {
  const server = await startServer({ installed: [path.join(root, 'scripts', 'starter')] });
  const url = workbenchUrl({ server, folder: sampleDir, extension: root });
  console.log(`start: VS Code is at\n\n  ${url}\n\nstart: press Ctrl-C to end it`);
  openInBrowser(url);
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  await server.stop();
}

/** The platform's own way to open an address; without one the printed address is all there is. */
function openInBrowser(url: string): void {
  const [command, ...args] = opener();
  if (!command) return;
  spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function opener(): string[] {
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const display = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  const program = display ? findOnPath(['xdg-open']) : undefined;
  return program ? [program] : [];
}

main().catch((error: unknown) => {
  console.error(`start: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
