import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What goes wrong with one answer. Byte counts are those of the body. */
export type Fault =
  /** An answer without the file, such as 401, 404, 416, 429 or 503. */
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The connection breaks after some bytes, with a proper end (FIN) or a reset (RST). */
  | { kind: 'cut'; after: number; reset?: boolean }
  /** The connection is reset before the answer. */
  | { kind: 'reset' }
  /** The body ends early, as if it were whole, without a length. */
  | { kind: 'short'; after: number }
  /** Bytes come in small pieces with pauses between them. */
  | { kind: 'slow'; piece: number; pauseMs: number }
  /** Nothing more comes after some bytes and the connection stays open. */
  | { kind: 'stall'; after: number }
  /** The right number of bytes, one of them changed. */
  | { kind: 'wrong-bytes' }
  /** More bytes than the file has, without a length. */
  | { kind: 'too-long'; extra: number }
  /** Content-Length and, in a part, the total are off by this much. */
  | { kind: 'wrong-length'; by: number }
  /** X-Linked-Size is off by this much. */
  | { kind: 'wrong-linked-size'; by: number }
  /** X-Linked-Etag is another file's. */
  | { kind: 'wrong-linked-etag' }
  /** X-Repo-Commit is another commit. */
  | { kind: 'wrong-commit' }
  /** The whole file, whatever part was asked for. */
  | { kind: 'ignore-range' }
  /** Another part than was asked for. */
  | { kind: 'other-range' }
  /** No Content-Length. */
  | { kind: 'no-length' };

/** Where an answer's fault comes from: called once for each request, in order. */
export type FaultSource = (request: {
  host: 'hub' | 'storage';
  path: string;
  kind: RequestKind;
}) => Fault | undefined;
export type RequestKind = 'facts' | 'tree' | 'search' | 'file' | 'other';

/** Sends a body as a fault would have it. Resolves to the bytes that were handed to the socket. */
export async function sendBody(
  response: ServerResponse,
  body: Buffer,
  fault: Fault | undefined,
): Promise<number> {
  const { socket } = response;
  if (fault?.kind === 'slow') return sendSlowly(response, body, fault.piece, fault.pauseMs);
  if (fault?.kind === 'cut' || fault?.kind === 'stall' || fault?.kind === 'short') {
    const part = body.subarray(0, Math.min(fault.after, body.length));
    if (part.length > 0) await new Promise<void>((resolve) => response.write(part, () => resolve()));
    else response.flushHeaders();
    if (fault.kind === 'cut') breakOff(socket, fault.reset);
    if (fault.kind === 'short') response.end();
    return part.length;
  }
  response.end(body);
  return body.length;
}

/** Changes one byte in the middle. */
export function spoiled(bytes: Buffer): Buffer {
  const wrong = Buffer.from(bytes);
  const middle = wrong.length >> 1;
  if (wrong.length > 0) wrong[middle] = (wrong[middle] ?? 0) ^ 0x55;
  return wrong;
}

export function breakOff(socket: Socket | null, reset = false): void {
  if (reset) socket?.resetAndDestroy();
  else socket?.destroySoon();
}

async function sendSlowly(
  response: ServerResponse,
  body: Buffer,
  piece: number,
  pauseMs: number,
): Promise<number> {
  let sent = 0;
  while (sent < body.length && !response.destroyed) {
    const part = body.subarray(sent, sent + piece);
    response.write(part);
    sent += part.length;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  response.end();
  return sent;
}
