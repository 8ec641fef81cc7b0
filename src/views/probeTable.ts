import type { AnyProbe } from '../probes/probe';
import { bundle } from '../shared/bundle';
import type * as Bundle from './probeBundle';

/** The table of probes and what shows them: half of the extension's code, which is loaded when first asked for. */
export const probes = bundle<typeof Bundle>('probes');

/** Every probe. */
export function allProbes(): readonly AnyProbe[] {
  return probes().PROBES;
}

/** The probe with this id. */
export function findProbe(id: string): AnyProbe | undefined {
  return probes().findProbe(id);
}
