import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { throwIfCancelled } from './retry';

/** The checksum that the Hub gives: SHA-256 of a large file, git's blob SHA-1 of a small one. Lower-case hex. */
export interface FileHash {
  kind: 'sha256' | 'git-sha1';
  hex: string;
}

export interface Digest {
  /** Whether the bytes are those of the expected checksum. */
  matches: boolean;
  /** SHA-256 of the bytes, whatever the expected kind. */
  sha256: string;
}

/** Hashes a file as it arrives. */
export class FileHasher {
  private readonly sha256 = createHash('sha256');
  private readonly sha1;

  constructor(
    private readonly expected: FileHash,
    size: number,
  ) {
    // git names a blob by the SHA-1 of "blob <size>\0" and its bytes.
    this.sha1 = expected.kind === 'git-sha1' ? createHash('sha1').update(`blob ${size}\0`) : null;
  }

  update(chunk: Uint8Array): void {
    this.sha256.update(chunk);
    this.sha1?.update(chunk);
  }

  digest(): Digest {
    const sha256 = this.sha256.digest('hex');
    const found = this.sha1 ? this.sha1.digest('hex') : sha256;
    return { matches: found === this.expected.hex, sha256 };
  }
}

/** Hashes the first `bytes` bytes of a file, or all of it, into a hasher. */
export async function feedFile(
  hasher: FileHasher,
  path: string,
  bytes?: number,
  signal?: AbortSignal,
): Promise<void> {
  if (bytes === 0) return;
  const end = bytes === undefined ? undefined : bytes - 1;
  for await (const chunk of createReadStream(path, { end, highWaterMark: 2 ** 20 })) {
    throwIfCancelled(signal);
    hasher.update(chunk as Buffer);
  }
}

/** Hashes a whole file. */
export async function digestFile(
  path: string,
  expected: FileHash,
  size: number,
  signal?: AbortSignal,
): Promise<Digest> {
  const hasher = new FileHasher(expected, size);
  await feedFile(hasher, path, undefined, signal);
  return hasher.digest();
}
