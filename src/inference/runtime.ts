import * as l10n from '@vscode/l10n';
import type * as Ort from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ProbeError } from '../shared/errors';
import { PROVIDER_NAMES, type Provider } from '../shared/provider';
import { thisMachine, whyNotLoaded } from './platform';
import { openWithProvider, providerOf } from './providers';

type Runtime = typeof Ort;

let loading: Promise<Runtime> | undefined;

/**
 * Loads ONNX Runtime's native library, the first time somebody needs it. Microsoft's builds for Linux and macOS report
 * their use over HTTPS and keep a device id in the user's cache folder unless this variable is set before they load.
 */
export function loadRuntime(): Promise<Runtime> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  loading ??= import('onnxruntime-node').then(quiet, (error: unknown) => {
    loading = undefined;
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    throw new ProbeError('runtime', whyNotLoaded(thisMachine(), missing));
  });
  return loading;
}

/** Every error is thrown; ONNX Runtime would write some to the terminal, too, with paths of this machine. */
function quiet(runtime: Runtime): Runtime {
  runtime.env.logLevel = 'fatal';
  return runtime;
}

export interface SessionOptions {
  /** Folder that the weights' locations are relative to. */
  directory: string;
  /** Threads of one operator; ONNX Runtime's choice if absent. */
  threads?: number;
  /** What is to compute; the CPU if absent, or where it cannot be used: see `providerOf`. */
  provider?: Provider;
  /** Keeps freed memory for the next run: for a session that runs many times. */
  memoryArena?: boolean;
}

/** Opens a session on a model's skeleton; the weights are memory-mapped from the files in `directory`. */
export async function createSession(bytes: Uint8Array, options: SessionOptions): Promise<InferenceSession> {
  const runtime = await loadRuntime();
  const open = (provider: Provider) =>
    runtime.InferenceSession.create(bytes, {
      executionProviders: [provider],
      ...(options.threads && { intraOpNumThreads: options.threads }),
      // Single allocations of 2 GiB and more trap in Electron, and the arena asks for such.
      enableCpuMemArena: options.memoryArena ?? false,
      logSeverityLevel: 3,
      extra: {
        session: {
          model_external_initializers_file_folder_path: options.directory,
          // Prepacking copies every weight: without it a model opens several times faster in a tenth of the memory.
          disable_prepacking: '1',
          // Threads that wait sleep: spinning took twice the CPU time here, and no less time on the clock.
          intra_op: { allow_spinning: '0' },
        },
      },
    });
  try {
    const built = runtime.listSupportedBackends().map(({ name }) => name);
    return await openWithProvider({ asked: options.provider ?? 'cpu', built, open, reasonOf: refusal });
  } catch (error) {
    throw new ProbeError('model', l10n.t`ONNX Runtime cannot open this model: ${nativeReason(error)}`);
  }
}

/** Runs a session for the named outputs. */
export async function runSession(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
  outputs: string[],
): Promise<Record<string, Tensor>> {
  try {
    return (await session.run(feeds, outputs)) as Record<string, Tensor>;
  } catch (error) {
    const { used } = providerOf(session);
    const advice =
      used === 'cpu'
        ? ''
        : l10n.t` It ran on ${PROVIDER_NAMES[used]}; the CPU is the provider that every model runs on.`;
    throw new ProbeError('model', l10n.t`The model stopped with an error: ${nativeReason(error)}${advice}`);
  }
}

/** Why a provider cannot be used: what its check found, without the check. */
function refusal(error: unknown): string {
  return nativeReason(error).replace(/^.* was false\. |^OrtSessionOptionsAppendExecutionProvider_\w+: /, '');
}

/** The first line of a native error, without the place in the runtime's source and short enough for a notification. */
export function nativeReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line =
    message
      .split('\n')[0]
      ?.replace(/\p{Cc}/gu, '?')
      .trim() ?? '';
  const reason = line
    .replace(/\/\S+\.(cc|h|cpp):\d+ /g, '\0')
    .split('\0')
    .map(withoutSignature)
    .join('');
  return reason.length > 300 ? `${reason.slice(0, 300)}...` : reason;
}

/** `onnxruntime::Graph::Graph(const Model&, std::function<void (int)>) why` -> `why`; anything else as it is. */
function withoutSignature(text: string, part: number): string {
  const open = part === 0 ? -1 : text.indexOf('(');
  if (open < 0) return text;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return text.slice(i + 1).replace(/^( const)? /, '');
  }
  return text;
}
