import { Rpc } from '../src/shared/rpc';
import type { EventHandlers } from '../src/shared/rpc';

type Methods<T> = { [K in keyof T]: [unknown, unknown] };

/**
 * The panel's end of the wire to the extension host, and the little state that survives hiding and reload. Each panel
 * has a contract of its own: what it sends (`Out`), what it asks for (`Requests`) and what it remembers (`State`).
 */
export interface Host<Out, Requests extends Methods<Requests>, State> {
  send<K extends keyof Out & string>(name: K, body: Out[K]): void;
  /** Rejects with a ProbeError; aborting rejects at once and tells the host to stop. */
  request<K extends keyof Requests & string>(
    name: K,
    params: Requests[K][0],
    signal: AbortSignal,
    onProgress?: (progress: unknown) => void,
  ): Promise<Requests[K][1]>;
  restore(): State | null;
  save(state: State): void;
}

/**
 * Connects to VS Code. May be called once a page, because `acquireVsCodeApi` may. A state that another version of the
 * contract kept is dropped.
 */
export function connectHost<In, Out, Requests extends Methods<Requests>, State extends { version: number }>(
  version: State['version'],
  events: EventHandlers<In>,
): Host<Out, Requests, State> {
  const api = acquireVsCodeApi<State>();
  const rpc = new Rpc<Requests, Out, Record<never, never>, In>(
    (message) => api.postMessage(message),
    {},
    events,
  );
  window.addEventListener('message', (event: MessageEvent<unknown>) => rpc.receive(event.data));
  const restore = () => {
    const state = api.getState();
    return state?.version === version ? state : null;
  };
  return {
    send: (name, body) => rpc.send(name, body),
    request: (name, params, signal, onProgress) => rpc.request(name, params, signal, onProgress),
    restore,
    save: (state) => void api.setState(state),
  };
}
