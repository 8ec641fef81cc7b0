import type { AttentionKind } from '../shared/attention';
import type { AxisFacts } from '../shared/inference';
import type { HeadLabel, HeadMetrics, HeadTable, LabelRule, MetricValues } from '../shared/metrics';
import { KEPT_MASS, LABELS, OVER_UNIFORM } from '../shared/metrics';
import { cleanGeometry, rawGeometry } from './geometry';
import type { MetricInput } from './geometry';
import type { Measured } from './measure';
import { HeadMeter, measureUniform } from './measure';
import type { WeightReader } from './reader';
import { layersOf } from './reader';
import { findSinks } from './sinks';

/** The tokens on each kind's axes. */
export type AxesOf = (kind: AttentionKind) => { queries: AxisFacts; keys: AxisFacts };

const KINDS: readonly AttentionKind[] = ['encoder', 'decoder', 'cross'];

/** Labels whose measure is taken as it is, sinks included: they are about sinks. */
const RAW_LABELS: readonly HeadLabel[] = ['sink', 'separator'];

/** Measures and labels of every head of a run. */
export async function headTable(
  reader: WeightReader,
  axesOf: AxesOf,
  signal?: AbortSignal,
): Promise<HeadTable> {
  const heads: HeadMetrics[] = [];
  const sinks: HeadTable['sinks'] = {};
  for (const kind of KINDS.filter((one) => reader.layers.some((layer) => layer.kind === one))) {
    const axes = axesOf(kind);
    const found = await findSinks(reader, kind, signal);
    sinks[kind] = found.filter((key) => !axes.keys.special[key]);
    const measure = measurer({ kind, ...axes, sinks: found });
    for await (const { layer, heads: count, queries, keys, weights } of layersOf(reader, kind, signal)) {
      for (let head = 0; head < count; head++) {
        heads.push({ kind, layer, head, ...measure(weights, head * queries * keys) });
      }
    }
  }
  return { heads, sinks };
}

type Unaddressed = Omit<HeadMetrics, 'kind' | 'layer' | 'head'>;

function measurer(input: MetricInput): (weights: Float32Array, at: number) => Unaddressed {
  const [raw, clean] = [rawGeometry(input), cleanGeometry(input)];
  const even = { raw: measureUniform(raw), clean: measureUniform(clean) };
  const meter = new HeadMeter(raw, clean);
  return (weights, at) => {
    const { raw: whole, clean: left } = meter.measure(weights, at);
    return {
      raw: whole.values,
      clean: left.values,
      keptMass: left.keptMass,
      labels: LABELS.filter((rule) => earns(rule, whole.values, left, even)).map(({ label }) => label),
    };
  };
}

function earns(
  { label, metric, threshold }: LabelRule,
  raw: MetricValues,
  clean: Measured,
  even: { raw: MetricValues; clean: MetricValues },
): boolean {
  const isRaw = RAW_LABELS.includes(label);
  if (!isRaw && clean.keptMass < KEPT_MASS) return false;
  const value = (isRaw ? raw : clean.values)[metric];
  const uniform = (isRaw ? even.raw : even.clean)[metric] ?? 0;
  if (value === null || value < threshold) return false;
  // Evenly spread attention has no order to be monotone in.
  return metric === 'monotonicity' || value >= OVER_UNIFORM * uniform;
}
