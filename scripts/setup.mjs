// Makes a fresh machine ready. What is there already is left alone.
//   node scripts/setup.mjs [--chromium] [--vscode-server]
import { ensureChromium } from './lib/chromium.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureVSCodeServer } from './lib/vscode-server.mjs';

try {
  await ensureDependencies();
  if (process.argv.includes('--chromium')) await ensureChromium();
  if (process.argv.includes('--vscode-server')) await ensureVSCodeServer();
} catch (error) {
  console.error(`setup: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
