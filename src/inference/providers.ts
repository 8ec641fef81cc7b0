import * as l10n from '@vscode/l10n';
import type { InferenceSession } from 'onnxruntime-node';
import type { Provider, ProviderUse } from '../shared/provider';

/** What each session was opened with. */
const uses = new WeakMap<InferenceSession, ProviderUse>();

export interface ProviderAttempt {
  asked: Provider;
  /** Providers of the ONNX Runtime that is loaded. */
  built: readonly string[];
  open(provider: Provider): Promise<InferenceSession>;
  /** Says in a line why a session could not be opened. */
  reasonOf(error: unknown): string;
}

/**
 * Opens a session with the provider that is asked for; with the CPU where that does not go. Whether a provider works is
 * known only by trying: it depends on drivers and libraries of the machine, and on the model's operators. Rejects where
 * the CPU cannot open it either: then it is the model's fault.
 */
export async function openWithProvider(attempt: ProviderAttempt): Promise<InferenceSession> {
  const { asked, built, open, reasonOf } = attempt;
  if (asked === 'cpu') return noted(await open('cpu'), { used: 'cpu' });
  let reason = l10n.t`this build of ONNX Runtime has ${built.join(', ')} only`;
  if (built.includes(asked)) {
    try {
      return noted(await open(asked), { used: asked });
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  return noted(await open('cpu'), { used: 'cpu', refused: { provider: asked, reason } });
}

function noted(session: InferenceSession, use: ProviderUse): InferenceSession {
  uses.set(session, use);
  return session;
}

/** Which provider a session has. */
export function providerOf(session: InferenceSession): ProviderUse {
  return uses.get(session) ?? { used: 'cpu' };
}
