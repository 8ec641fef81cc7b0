import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from '../../package.json';
import { ProbeError } from '../shared/errors';
import type { ProbeErrorCode } from '../shared/errors';
import type { Provider } from '../shared/provider';
import { Engine } from '../inference/engine';
import type { ExportContext } from '../probes/export/pieces';
import { cacheDirectory } from '../models/hub/layout';
import { anatomyCommand } from './anatomy';
import { parseCommand } from './arguments';
import { attentionCommand } from './attention';
import { HELP } from './help';
import { attributeCommand } from './attribute';
import { modelsCommand } from './models';
import { visible, writeTo } from './output';
import { probeCommand } from './probe';
import { takeProvider } from './provider';
import type { Terminal } from './terminal';
import { trainCommand } from './train';

const EXIT_STATUS: Record<ProbeErrorCode, number> = {
  usage: 2,
  model: 3,
  input: 4,
  runtime: 1,
  cancelled: 1,
};

/** Runs a command line. Returns the exit status; errors are one line on standard error. */
export async function runCli(argv: string[], bundledDir: string, terminal: Terminal): Promise<number> {
  try {
    const { provider, rest } = takeProvider(argv);
    const command = parseCommand(rest);
    const machine = { bundledDir, provider, terminal };
    if (command.name === 'models') await modelsCommand(command.rest, terminal);
    else if (command.name === 'anatomy') await anatomyCommand(command.rest, bundledDir, terminal);
    else if (command.name === 'help') await writeTo(terminal.stdout, [HELP]);
    else if (command.name === 'version') await writeTo(terminal.stdout, [`${version}\n`]);
    else if (command.name === 'attribute')
      await withEngine(machine, (engine) => attributeCommand(command.rest, engine, terminal));
    else if (command.name === 'attention')
      await withEngine(machine, (engine) =>
        attentionCommand(command.options, engine, terminal, exportContext(bundledDir)),
      );
    else
      await withEngine(machine, (engine) =>
        command.name === 'train'
          ? trainCommand(command.rest, engine, bundledDir, terminal)
          : probeCommand(command.rest, engine, bundledDir, terminal),
      );
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = visible(message.replace(/\s*\n\s*/g, ' '));
    await writeTo(terminal.stderr, [`transformer-probe: ${line}\n`]);
    return error instanceof ProbeError ? EXIT_STATUS[error.code] : 1;
  }
}

/** The panel's bundle lies beside the models, for pages. */
function exportContext(bundledDir: string): Omit<ExportContext, 'inference'> {
  const read = (file: string) => readFile(join(bundledDir, '..', 'dist', 'webview', file), 'utf8');
  const assets = async () => ({ script: await read('attention.js'), style: await read('attention.css') });
  return { assets, program: `Transformer Probe ${version}` };
}

/** Models are opened when they are asked for: an engine that is not used costs nothing. */
async function withEngine(
  { bundledDir, provider, terminal }: { bundledDir: string; provider?: Provider; terminal: Terminal },
  work: (engine: Engine) => Promise<void>,
): Promise<void> {
  const log = (message: string) => void terminal.stderr.write(`${visible(message)}\n`);
  const cacheDir = cacheDirectory(undefined, terminal.env);
  const memoryBudgetBytes = Math.floor(totalmem() / 4);
  const engine = new Engine({ bundledDir, cacheDir, memoryBudgetBytes, provider, log });
  try {
    await work(engine);
  } finally {
    await engine.close();
  }
}
