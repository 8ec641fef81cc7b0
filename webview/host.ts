import { PROTOCOL_VERSION } from '../src/shared/protocol';
import type { HostEvents, PanelState, ViewEvents, ViewRequests } from '../src/shared/protocol';
import { Rpc } from '../src/shared/rpc';
import type { EventHandlers } from '../src/shared/rpc';

/** The panel's end of the wire to the extension host, and the little state that survives hiding and reload. */
export interface Host {
  send<K extends keyof ViewEvents>(name: K, body: ViewEvents[K]): void;
  /** Rejects with a ProbeError; aborting rejects at once and tells the host to stop. */
  request<K extends keyof ViewRequests>(
    name: K,
    params: ViewRequests[K][0],
    signal: AbortSignal,
  ): Promise<ViewRequests[K][1]>;
  restore(): PanelState | null;
  save(state: PanelState): void;
}

/** Connects to VS Code. May be called once a page, because `acquireVsCodeApi` may. */
export function connectHost(events: EventHandlers<HostEvents>): Host {
  const api = acquireVsCodeApi<PanelState>();
  const rpc = new Rpc<ViewRequests, ViewEvents, Record<never, never>, HostEvents>(
    (message) => api.postMessage(message),
    {},
    events,
  );
  window.addEventListener('message', (event: MessageEvent<unknown>) => rpc.receive(event.data));
  return {
    send: (name, body) => rpc.send(name, body),
    request: (name, params, signal) => rpc.request(name, params, signal),
    restore: () => checkedState(api.getState()),
    save: (state) => void api.setState(state),
  };
}

function checkedState(state: PanelState | undefined): PanelState | null {
  return state?.version === PROTOCOL_VERSION ? state : null;
}
