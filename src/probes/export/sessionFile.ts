import * as l10n from '@vscode/l10n';
import type { AttentionResult } from '../../shared/attention';
import { writtenByUser } from '../../shared/attention';
import { ProbeError } from '../../shared/errors';
import type { SessionFile } from '../../shared/export';
import type { PanelState } from '../../shared/protocol';

/** What it takes to come back to a view: text, model and its hashes, and where the user was looking. */
export function sessionFile(
  result: AttentionResult,
  sha256: Record<string, string>,
  state: PanelState,
  program: string,
): SessionFile {
  const { target, generation, window } = result;
  return {
    format: 'transformer-probe session',
    version: 1,
    program,
    createdAt: new Date().toISOString(),
    model: { id: result.model.id, sha256 },
    segments: writtenByUser(result).map(({ text, offset }) => ({ text, offset })),
    target: target?.source === 'given' ? target.text : null,
    generation: generation?.options ?? null,
    window: window?.index ?? null,
    state,
  };
}

/** Reads a session file; fails where it is none. The state and the generation are for the caller to check. */
export function parseSession(text: string): SessionFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw notASession();
  }
  const session = parsed as SessionFile;
  if (session?.format !== 'transformer-probe session') throw notASession();
  if (session.version !== 1) {
    throw new ProbeError(
      'input',
      l10n.t(
        'This session file was written by a newer version of Transformer Probe. Update, then open it again.',
      ),
    );
  }
  const { model, segments, target, window } = session;
  const isText = (value: unknown) => typeof value === 'string';
  const isHashes = (value: unknown) =>
    typeof value === 'object' && value !== null && Object.values(value).every(isText);
  const isWhole =
    isText(model?.id) &&
    isHashes(model?.sha256) &&
    Array.isArray(segments) &&
    segments.length > 0 &&
    segments.every((segment) => isText(segment?.text) && Number.isSafeInteger(segment?.offset)) &&
    (target === null || isText(target)) &&
    (window === null || Number.isSafeInteger(window));
  if (!isWhole) throw notASession();
  return session;
}

function notASession(): ProbeError {
  return new ProbeError('input', l10n.t('This is not a session file of Transformer Probe.'));
}
