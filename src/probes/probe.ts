import type { ModelPlaces } from '../anatomy/find';
import type { Inference } from '../shared/inference';
import type { Field, Fields, ProbeInfo, Settings } from '../shared/probe';
import type { Report } from '../shared/report';
import type { TextSegment } from '../shared/tokens';

/** The value of a field. */
type Value<F extends Field> = F extends { kind: 'number' }
  ? number
  : F extends { kind: 'boolean' }
    ? boolean
    : F extends { kind: 'choice'; options: readonly { value: infer V }[] }
      ? V
      : string;

/** The settings that fields describe. */
export type SettingsOf<F extends Fields> = { [K in keyof F]: Value<F[K]> };

export interface ProbeRequest<S> {
  /** Empty for a probe that reads no text. */
  segments: TextSegment[];
  settings: S;
}

/** What a running probe may use of whoever runs it. */
export interface ProbeContext<R> {
  signal?: AbortSignal;
  /** Says what is being done, how much of it (0 to 1) is, and what is known so far. */
  onProgress?: (message: string, fraction?: number, partial?: R) => void;
  machine: ProbeMachine;
}

/** The computer that a probe runs on. */
export interface ProbeMachine {
  /** Where models are, for probes that read their headers. */
  places: ModelPlaces;
  /** Bytes of main memory. */
  memoryBytes: number;
}

/**
 * A probe: what it is (ProbeInfo), `run`, a pure function of the models behind `inference`, and `report`, its result as
 * tables and figures. One file a probe; `probe/table.ts` lists them.
 */
export interface Probe<F extends Fields = Fields, R = unknown> extends ProbeInfo {
  fields: F;
  /** Throws ProbeError. The result is plain data. */
  run(inference: Inference, request: ProbeRequest<SettingsOf<F>>, context: ProbeContext<R>): Promise<R>;
  report(result: R, settings: SettingsOf<F>): Report;
}

/** Any probe, as lists hold it: its own types stay between its `run` and its `report`. */
export interface AnyProbe extends ProbeInfo {
  run(
    inference: Inference,
    request: ProbeRequest<Settings>,
    context: ProbeContext<unknown>,
  ): Promise<unknown>;
  report(result: unknown, settings: Settings): Report;
}

/** Checks a probe's types and lets its own go: settings are checked against `fields` before they reach it. */
export function defineProbe<const F extends Fields, R>(probe: Probe<F, R>): AnyProbe {
  return {
    ...probe,
    run: (inference, request, context) =>
      probe.run(inference, request as ProbeRequest<SettingsOf<F>>, context),
    report: (result, settings) => probe.report(result as R, settings as SettingsOf<F>),
  };
}

/** The whole text of a request. */
export function textOf({ segments }: Pick<ProbeRequest<unknown>, 'segments'>): string {
  return segments.map(({ text }) => text).join('\n');
}
