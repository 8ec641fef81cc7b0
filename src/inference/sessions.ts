import type { InferenceSession } from 'onnxruntime-node';

/** What is open until it is released. */
export interface Releasable {
  release(): Promise<void>;
}

/** Open sessions, the least recently used one closed first when there are too many. */
export class SessionCache<T extends Releasable = InferenceSession> {
  private readonly sessions = new Map<string, T>();

  constructor(private readonly limit: number) {}

  async get(key: string, create: () => Promise<T>): Promise<T> {
    const session = this.sessions.get(key) ?? (await create());
    this.sessions.delete(key);
    this.sessions.set(key, session);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= this.limit) break;
      await this.close(oldest);
    }
    return session;
  }

  /** Closes the sessions whose key starts so. */
  async closeAll(prefix = ''): Promise<void> {
    for (const key of [...this.sessions.keys()]) {
      if (key.startsWith(prefix)) await this.close(key);
    }
  }

  private async close(key: string): Promise<void> {
    const session = this.sessions.get(key);
    this.sessions.delete(key);
    await session?.release();
  }
}
