import * as l10n from '@vscode/l10n';
import { randomInt, randomUUID } from 'node:crypto';
import { open, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { pause } from './retry';
import { Transient } from './fault';

/*
 * One downloader per file across processes: a lock file, created exclusively, that names its holder and whose time the
 * holder renews. A holder that has died (same machine, no such process) or has not renewed for STALE_MS as the waiter
 * itself has observed is replaced. Two waiters that find the same dead holder are kept apart by a second exclusive file.
 */

interface Holder {
  pid: number;
  host: string;
  nonce: string;
}

export interface LockOptions {
  signal?: AbortSignal;
  /** Called at each look at a lock that someone else holds. */
  onWait?: () => Promise<void>;
}

const POLL_MS = 60;
const RENEW_MS = 2_000;
const STALE_MS = 15_000;
/** A lock file without a readable holder was cut off while being written, which takes no time. */
const UNREADABLE_MS = 2_000;

/** Locks of this process, so that one left by a dead process of the same number is told apart. */
const held = new Set<string>();

/** A lock on a path, held until released. */
export class FileLock {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly nonce: string,
  ) {
    const renew = () => void utimes(path, new Date(), new Date()).catch(() => undefined);
    this.timer = setInterval(renew, RENEW_MS).unref();
  }

  /** Waits until the lock is ours. Throws a ProbeError of code `cancelled`, or the file system's error. */
  static async acquire(path: string, { signal, onWait }: LockOptions = {}): Promise<FileLock> {
    const watch = new Watch(path);
    for (;;) {
      const nonce = randomUUID();
      // Held before it is written: a waiter of this same process must never see it as nobody's.
      held.add(nonce);
      if (await create(path, nonce)) return new FileLock(path, nonce);
      held.delete(nonce);
      if (await watch.isDead()) await takeOver(path, watch);
      else {
        await onWait?.();
        await pause(POLL_MS + randomInt(POLL_MS), signal);
      }
    }
  }

  /** Throws a Transient where another process has taken the lock over, as after a long sleep of the machine. */
  async assertHeld(): Promise<void> {
    if ((await readHolder(this.path))?.nonce === this.nonce) return;
    throw new Transient(l10n.t('another process has taken the download over'));
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    if ((await readHolder(this.path))?.nonce === this.nonce) await unlink(this.path).catch(() => undefined);
    held.delete(this.nonce);
  }
}

/** Whether a lock file stands for a holder that is alive, as far as one look can tell. */
export async function isLockLive(path: string): Promise<boolean> {
  const [holder, time] = await Promise.all([readHolder(path), timeOf(path)]);
  if (time === null) return false;
  if (holder === null) return Date.now() - time < UNREADABLE_MS;
  return !isGone(holder) && Date.now() - time < 4 * STALE_MS;
}

/** One waiter's view of a lock: since when it has looked the same. */
class Watch {
  private seen = '';
  private since = 0;
  /** Nonce of the holder last found dead. */
  dead: string | null = null;

  constructor(private readonly path: string) {}

  async isDead(): Promise<boolean> {
    const [holder, time] = await Promise.all([readHolder(this.path), timeOf(this.path)]);
    if (time === null) return false;
    const now = performance.now();
    const look = `${holder?.nonce} ${time}`;
    if (look !== this.seen) [this.seen, this.since] = [look, now];
    this.dead = holder?.nonce ?? null;
    if (holder !== null && isGone(holder)) return true;
    return now - this.since > (holder === null ? UNREADABLE_MS : STALE_MS);
  }
}

async function create(path: string, nonce: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    // Windows says EPERM while the holder's unlink is under way.
    if (error.code === 'EEXIST' || (error.code === 'EPERM' && process.platform === 'win32')) return null;
    throw error;
  });
  if (handle === null) return false;
  const holder: Holder = { pid: process.pid, host: hostname(), nonce };
  await handle.writeFile(JSON.stringify(holder)).finally(() => handle.close());
  return true;
}

/** Removes a dead holder's lock, unless another waiter is about to. */
async function takeOver(path: string, watch: Watch): Promise<void> {
  const gate = `${path}.takeover`;
  if (!(await create(gate, randomUUID()))) {
    const left = await timeOf(gate);
    if (left !== null && Date.now() - left > STALE_MS) await unlink(gate).catch(() => undefined);
    return pause(POLL_MS);
  }
  try {
    const holder = await readHolder(path);
    if ((holder?.nonce ?? null) === watch.dead) await unlink(path).catch(() => undefined);
  } finally {
    await unlink(gate).catch(() => undefined);
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder> | null;
    const { pid, host, nonce } = holder ?? {};
    return typeof pid === 'number' && typeof host === 'string' && typeof nonce === 'string'
      ? { pid, host, nonce }
      : null;
  } catch {
    return null;
  }
}

function isGone({ pid, host, nonce }: Holder): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return !held.has(nonce);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function timeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (facts) => facts.mtimeMs,
    () => null,
  );
}
