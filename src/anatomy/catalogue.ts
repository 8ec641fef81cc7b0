import type { JsonRecord } from '../models/json';
import { DECODERS } from './published/decoders';
import { ENCODER_DECODERS } from './published/encoderDecoders';
import { ENCODERS } from './published/encoders';

/** A published model: what its config.json says of its sizes, as far as it differs from the class's defaults. */
export interface CatalogueEntry {
  /** The Hub's id, organisation included. */
  id: string;
  /** Other names in use, such as the id before the organisation was added. */
  aliases?: string[];
  /**
   * `architectures` is the class that is counted: for encoders the bare model, whose size their papers and cards give;
   * else the language model.
   */
  config: JsonRecord & { model_type: string; architectures: [string] };
}

/** Every model of the catalogue, by kind and size. */
export const CATALOGUE: readonly CatalogueEntry[] = [...ENCODERS, ...DECODERS, ...ENCODER_DECODERS];

const BY_NAME = new Map<string, CatalogueEntry>();
for (const entry of CATALOGUE) {
  for (const name of [entry.id, ...(entry.aliases ?? [])]) {
    BY_NAME.set(name.toLowerCase(), entry);
    BY_NAME.set(shortName(name).toLowerCase(), entry);
  }
}

/** Finds a model by its id, with or without the organisation, in any case; null if the catalogue does not have it. */
export function findInCatalogue(name: string): CatalogueEntry | null {
  return BY_NAME.get(name.trim().toLowerCase()) ?? null;
}

/** An id without its organisation. */
export function shortName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
