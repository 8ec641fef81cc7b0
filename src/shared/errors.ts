/**
 * What went wrong, from the user's side: how they called it (`usage`), the model's files (`model`), the text (`input`),
 * the machine or a killed process (`runtime`), or their own stop (`cancelled`).
 */
export type ProbeErrorCode = 'usage' | 'model' | 'input' | 'runtime' | 'cancelled';

/** The input is longer than the model takes: enough facts to offer the ways out. */
export interface TooLong {
  reason: 'too-long';
  /** Tokens of the text and the most that fit, special tokens not counted in either. */
  tokens: number;
  limit: number;
  /** Sliding windows of `limit` tokens, each overlapping the one before by half, that cover the text. */
  windows: number;
}

/** What stands between the user and a model of the Hub, and what would help. */
export interface HubTrouble {
  /** To be downloaded, to be downloaded again because its files changed, or readable with an access token only. */
  reason: 'not-downloaded' | 'changed' | 'no-access';
  /** Repository id. */
  id: string;
}

export type ErrorDetail = TooLong | HubTrouble;

/**
 * An error whose message is for people: one or two sentences that say what happened and what to do. Never holds the
 * user's text, a token or a stack.
 */
export class ProbeError extends Error {
  constructor(
    readonly code: ProbeErrorCode,
    message: string,
    readonly detail?: ErrorDetail,
  ) {
    super(message);
    this.name = 'ProbeError';
  }
}

/** The same error with the file that it is about in front, where it is about a model and does not name the file yet. */
export function aboutFile(error: unknown, file: string): unknown {
  if (!(error instanceof ProbeError) || error.code !== 'model' || error.message.includes(file)) return error;
  return new ProbeError(error.code, `${file}: ${error.message}`, error.detail);
}

/** A ProbeError as plain data, for wires. */
export interface ErrorMessage {
  code: ProbeErrorCode;
  message: string;
  detail?: ErrorDetail;
}

export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof ProbeError) {
    return { code: error.code, message: error.message, ...(error.detail && { detail: error.detail }) };
  }
  return { code: 'runtime', message: error instanceof Error ? error.message : String(error) };
}

export function fromErrorMessage({ code, message, detail }: ErrorMessage): ProbeError {
  return new ProbeError(code, message, detail);
}
