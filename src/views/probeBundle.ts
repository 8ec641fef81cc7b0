/** The entry of the bundle that is loaded when a probe is first asked for. */
export { PROBES, findProbe } from '../probes/table';
export { ProbePanel } from './probePanel';
export { ProbeSession } from './probeSession';
