/**
 * Times every probe on the bundled models in one process: the first run, which opens the models, and the median of three
 * more. Run: npx tsx test/bench/probes.bench.ts [probe ...]
 */
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { Engine } from '../../src/inference/engine';
import { bundledModels } from '../../src/models/catalogue';
import type { AnyProbe } from '../../src/probes/probe';
import { defaultSettings } from '../../src/probes/settings';
import { PROBES } from '../../src/probes/table';
import type { Settings } from '../../src/shared/probe';

/** What issue 9 asks for; probes that generate or train show progress instead. */
const BAR_MS = 2000;
const REPEATS = 3;

const bundledDir = join(root, 'models');
const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 30, log: () => undefined });

async function settingsOf(probe: AnyProbe): Promise<Settings> {
  const settings = defaultSettings(probe.fields);
  const models = await bundledModels(bundledDir);
  for (const [name, field] of Object.entries(probe.fields)) {
    if (field.kind !== 'model' || settings[name] !== '') continue;
    const families = field.usual ? [field.usual] : field.families;
    const fits = models.find(({ family }) => !families || (family && families.includes(family)));
    settings[name] = fits?.id ?? '';
  }
  return settings;
}

/** Milliseconds of one run and its report; and until the first progress, where there was any. */
async function time(probe: AnyProbe, settings: Settings): Promise<{ ms: number; progressMs: number | null }> {
  const machine = { places: { bundledDir, cacheDir: '' }, memoryBytes: totalmem() };
  const segments = probe.sample === undefined ? [] : [{ text: probe.sample, offset: 0 }];
  let progressMs: number | null = null;
  const started = performance.now();
  const onProgress = () => {
    progressMs ??= performance.now() - started;
  };
  const result = await probe.run(engine, { segments, settings }, { machine, onProgress });
  probe.report(result, settings);
  return { ms: performance.now() - started, progressMs };
}

/** One line a probe. */
async function measure(wanted: ReadonlySet<string>): Promise<string[][]> {
  const lines: string[][] = [['probe', 'first ms', 'median ms', 'progress after ms', `under ${BAR_MS} ms`]];
  for (const probe of PROBES) {
    if (wanted.size > 0 && !wanted.has(probe.id)) continue;
    const settings = await settingsOf(probe);
    const first = await time(probe, settings);
    const more: number[] = [];
    for (let i = 0; i < REPEATS && first.ms < 5 * BAR_MS; i++) more.push((await time(probe, settings)).ms);
    const median = more.sort((a, b) => a - b)[Math.floor(more.length / 2)] ?? first.ms;
    const progress = first.progressMs === null ? '–' : first.progressMs.toFixed(0);
    const isFast = median < BAR_MS ? 'yes' : 'no';
    lines.push([probe.id, first.ms.toFixed(0), median.toFixed(0), progress, isFast]);
  }
  return lines;
}

function print(lines: readonly string[][]): void {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0))) ?? [];
  for (const [name = '', ...numbers] of lines) {
    const cells = numbers.map((cell, i) => cell.padStart(widths[i + 1] ?? 0));
    console.log([name.padEnd(widths[0] ?? 0), ...cells].join('  '));
  }
}

void measure(new Set(process.argv.slice(2)))
  .then(print)
  .finally(() => engine.close());
