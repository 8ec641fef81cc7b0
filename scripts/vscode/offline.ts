import { spawnSync } from 'node:child_process';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A program in front of a command line that gives it a network of its own: without any way out, not even a loopback. */
const UNSHARE = ['unshare', '--map-root-user', '--net'] as const;

/** Linux lets root do this, and others where it has user namespaces; containers may forbid it. */
export function canCutNetwork(): boolean {
  return process.platform === 'linux' && spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'true']).status === 0;
}

/** The same command line, run without a network. */
export function withoutNetwork(command: string, args: string[]): [command: string, args: string[]] {
  return [UNSHARE[0], [...UNSHARE.slice(1), command, ...args]];
}

/** A way into such a network: a socket is a file, and files are shared. */
export interface Bridge {
  /** Such as `127.0.0.1:41234`. */
  authority: string;
  close(): void;
}

/** Opens a port of this machine that leads to a server's socket. */
export async function bridgeTo(socketPath: string): Promise<Bridge> {
  const server = createServer((outer) => {
    const inner = connect(socketPath);
    outer.pipe(inner).pipe(outer);
    for (const side of [outer, inner]) side.on('error', () => (outer.destroy(), inner.destroy()));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}
