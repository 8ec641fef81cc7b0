import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runQuietly } from '../lib/processes.mjs';
import { ensureVSCodeServer, type ServerAge, type ServerProgram } from '../lib/vscode-server.mjs';
import { bridgeTo, withoutNetwork } from './offline';
import { quietSettings } from './settings';

/** A running VS Code server with data of its own. */
export interface VSCodeServer {
  /** Such as `127.0.0.1:41234`. */
  authority: string;
  /** Whoever knows it may use the server. */
  token: string;
  pid: number;
  /** Where it keeps settings, storage and logs. */
  dataDir: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** User settings, added to the quiet ones. */
  settings?: Record<string, unknown>;
  /** Folders of extensions that are there as if installed, besides the one under development. */
  installed?: string[];
  /** Packages that are installed before it starts, as a person would. */
  packages?: string[];
  /** Which VS Code; the current one if absent. */
  age?: ServerAge;
  /** Runs it without a network; see `canCutNetwork`. */
  offline?: boolean;
  /** Environment of the server and of its extension host. */
  env?: Record<string, string>;
  /** Gets the server's own output. */
  onLog?(text: string): void;
}

const START_TIMEOUT_MS = 120_000;

/**
 * Starts a VS Code server on a free port of this machine, for who knows its token, with fresh data.
 * Rejects with the server's output where it does not come up.
 */
export async function startServer(options: ServerOptions = {}): Promise<VSCodeServer> {
  const program = await ensureVSCodeServer(options.age);
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'probe-vscode-'));
  await writeSettings(dataDir, { ...quietSettings, ...options.settings });
  await install(dataDir, options.installed ?? []);
  for (const file of options.packages ?? []) await installPackage(program, dataDir, file);
  const token = randomBytes(16).toString('hex');
  const socket = options.offline ? path.join(dataDir, 'socket') : undefined;
  const line = [program.main, ...serverFlags(dataDir, token), ...(socket ? ['--socket-path', socket] : PORT)];
  const [command, args] = options.offline ? withoutNetwork(program.node, line) : [program.node, line];
  const server = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const stop = async () => {
    await end(server);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const address = await addressOf(server, options.onLog);
    const bridge = socket ? await bridgeTo(socket) : undefined;
    const stopAll = () => (bridge?.close(), stop());
    const authority = bridge?.authority ?? address;
    return { authority, token, pid: server.pid as number, dataDir, stop: stopAll };
  } catch (error) {
    await stop();
    throw error;
  }
}

const PORT = ['--host', '127.0.0.1', '--port', '0'];

function serverFlags(dataDir: string, token: string): string[] {
  return [
    ...['--connection-token', token],
    ...['--accept-server-license-terms', '--server-data-dir', dataDir],
    ...['--disable-workspace-trust', '--disable-telemetry'],
    // A built server ignores the page's payload, and with it the extension under development, without this.
    '--enable-smoke-test-driver',
  ];
}

/** By the server's own command: it unpacks the file, checks it against this VS Code and lists it. */
async function installPackage({ node, main }: ServerProgram, dataDir: string, file: string): Promise<void> {
  const flags = ['--accept-server-license-terms', '--server-data-dir', dataDir];
  const output = await runQuietly(node, [main, '--install-extension', file, ...flags]);
  if (!/was successfully installed/.test(output)) throw new Error(`${file} was not installed:\n${output}`);
}

async function install(dataDir: string, extensions: string[]): Promise<void> {
  for (const folder of extensions) {
    await cp(folder, path.join(dataDir, 'extensions', path.basename(folder)), { recursive: true });
  }
}

/** User settings, and the same as the machine's, because settings of `machine` scope are taken from there. */
async function writeSettings(dataDir: string, settings: Record<string, unknown>): Promise<void> {
  for (const level of ['User', 'Machine']) {
    const folder = path.join(dataDir, 'data', level);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
  }
}

/** Where it listens, once it does: `127.0.0.1:41234` or a socket. */
function addressOf(server: ChildProcess, onLog?: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) =>
      reject(new Error(`The VS Code server ${reason}:\n${output.slice(-2000)}`));
    const timer = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    const read = (text: string) => {
      onLog?.(text);
      output += text;
      const address = /(?:Web UI available at https?:\/\/(?<host>[^/\s?]+)|bound to (?<socket>\/.+)\n)/.exec(
        output,
      )?.groups;
      if (!address) return;
      clearTimeout(timer);
      resolve(address['socket'] ?? (address['host'] as string).replace('localhost', '127.0.0.1'));
    };
    server.stdout?.setEncoding('utf8').on('data', read);
    server.stderr?.setEncoding('utf8').on('data', read);
    server.once('error', reject);
    server.once('exit', (code) => fail(`ended (exit ${code})`));
  });
}

/** Ends the server with its extension hosts: they are one process group, except on Windows. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const exited = once(server, 'exit');
  if (process.platform === 'win32') server.kill();
  else process.kill(-server.pid, 'SIGKILL');
  await exited;
}
