import type { ModelPlaces } from '../../anatomy/find';
import { bundledModels } from '../../models/catalogue';
import { listModels } from '../../models/hub/cache';
import { CATALOGUE } from '../../models/hub/catalogue';
import type { Anatomy } from '../../shared/anatomy';
import type { Family } from '../../shared/model';
import type { Part } from '../block/costs';
import { partsOf } from '../block/costs';
import type { ModelSizes } from '../memory/formulas';
import { PRECISIONS, sizesOf } from '../memory/formulas';

/** A model that can be had, with what the guide asks of it. */
export interface Candidate {
  name: string;
  /** By which commands open it, once it is on this machine. */
  reference: string;
  family: Family;
  place: 'bundled' | 'downloaded' | 'hub';
  /** Page of the repository; null for what comes with the program. */
  page: string | null;
  license: string | null;
  isForCode: boolean;
  /** Null where neither its files nor a published config tells. */
  parameters: number | null;
  /** Of the weights: as published, else computed from the parameters in 32 bits; null if neither is known. */
  bytes: number | null;
  isComputed: boolean;
  context: number | null;
  sizes: ModelSizes | null;
  parts: Part[] | null;
}

interface Shape {
  parameters: number;
  context: number | null;
  sizes: ModelSizes | null;
  parts: Part[];
}

/** Published configs do not change: each is counted once. */
const shapes = new Map<string, Promise<Shape | null>>();

/** The bundled models and those of the download catalogue. */
export async function candidates(places: ModelPlaces, signal?: AbortSignal): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const downloaded = new Set((await listModels(places.cacheDir)).map(({ id }) => id));
  for (const { id, family, license, parameters } of await bundledModels(places.bundledDir)) {
    const shape = family && (await bundledShape(id, places));
    if (!family || !shape) continue;
    const own = { ...shape, parameters: shape.parameters || parameters };
    found.push({
      ...{ name: id, reference: id, family, place: 'bundled', page: null },
      license,
      ...withBytes(own, null),
    });
  }
  for (const { name, repository, family, license, bytes, isForCode = false } of CATALOGUE) {
    signal?.throwIfAborted();
    const place = downloaded.has(repository) ? 'downloaded' : 'hub';
    const page = `https://huggingface.co/${repository}`;
    const shape = await publishedShape(name);
    const own = { name, reference: repository, family, place, page, license } as const;
    found.push({ ...own, ...withBytes(shape, bytes), isForCode });
  }
  return found;
}

function withBytes(
  shape: (Omit<Shape, 'parameters'> & { parameters: number | null }) | null,
  published: number | null,
): Pick<Candidate, 'parameters' | 'bytes' | 'isComputed' | 'context' | 'sizes' | 'parts' | 'isForCode'> {
  const { parameters = null, context = null, sizes = null, parts = null } = shape ?? {};
  const computed = parameters === null ? null : parameters * PRECISIONS.fp32;
  const isComputed = published === null && computed !== null;
  return { parameters, bytes: published ?? computed, isComputed, context, sizes, parts, isForCode: false };
}

/** The shape of a published model by its config; a tuned one has that of the model it was made from. */
function publishedShape(name: string): Promise<Shape | null> {
  const known = shapes.get(name);
  if (known) return known;
  const shape = countPublished(name);
  shapes.set(name, shape);
  return shape;
}

async function countPublished(name: string): Promise<Shape | null> {
  const { findInCatalogue } = await import('../../anatomy/catalogue');
  const { anatomyFromConfig } = await import('../../anatomy/fromConfig/anatomy');
  const entry = findInCatalogue(name) ?? findInCatalogue(name.replace(/-Instruct$/, ''));
  // Counting takes some milliseconds a model: others get their turn in between.
  await new Promise((resolve) => setImmediate(resolve));
  return entry && shapeOf(await anatomyFromConfig(name, entry.config));
}

async function bundledShape(name: string, places: ModelPlaces): Promise<Shape | null> {
  const { findAnatomy } = await import('../../anatomy/find');
  const anatomy = await findAnatomy(name, places);
  return anatomy && shapeOf(anatomy);
}

function shapeOf(anatomy: Anatomy): Shape {
  const { parameters, facts } = anatomy;
  return { parameters, context: facts.maxTokens, sizes: sizesOf(anatomy), parts: partsOf(anatomy) };
}
