import type { Family } from './model';

/**
 * What can be had of a model: `weights` to download, `code` only, a `service` to ask, or `none` of it: a paper.
 */
export type Openness = 'weights' | 'code' | 'service' | 'none';

/** The page where a figure was read. */
export interface FigureSource {
  label: string;
  href: string;
}

/** One published model; sizes are of its largest published version. */
export interface TimelineModel {
  name: string;
  organization: string;
  /** Year and month of the source, `2017-06`. */
  date: string;
  /** All experts counted; null where no page says so. */
  parameters: number | null;
  parametersFrom: FigureSource | null;
  family: Family;
  /** Longest input in tokens; null where there is no limit or none was found. */
  context: number | null;
  contextFrom: FigureSource | null;
  openness: Openness;
  /** Paper, report or announcement that says so. */
  source: string;
  /** One of the eleven models that courses on the subject go through. */
  isLandmark: boolean;
}

export interface FamilyShare {
  year: number;
  counts: Record<Family, number>;
}

/** The models that the filters leave, and how the families share them. */
export interface TimelineResult {
  models: TimelineModel[];
  /** Models before filtering. */
  total: number;
  counts: Record<Family, number>;
  years: FamilyShare[];
}
