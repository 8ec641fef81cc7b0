import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/** Where tests and `npm start --check` leave screenshots, bundles and logs. Ignored by git. */
export const outputDir = path.join(root, '.test-output');

/** Where a downloaded VS Code lives. Ignored by git. */
export const vscodeTestDir = path.join(root, '.vscode-test');

/** A workspace with text worth looking at. */
export const sampleDir = path.join(root, 'media', 'sample');
