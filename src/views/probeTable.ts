import { createRequire } from 'node:module';
import type { AnyProbe } from '../probes/probe';
import type * as Table from '../probes/table';

/** The bundle beside this one whose entry is the table of probes; what both need is in files that they share. */
const BUNDLE = './probes.js';

const load = createRequire(__filename);
const table = () => load(BUNDLE) as typeof Table;

/** Every probe. Loaded when first asked for: their code is half of the extension's, and starting it needs none of it. */
export function allProbes(): readonly AnyProbe[] {
  return table().PROBES;
}

/** The probe with this id. */
export function findProbe(id: string): AnyProbe | undefined {
  return table().findProbe(id);
}
