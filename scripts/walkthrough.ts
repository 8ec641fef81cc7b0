// Makes the pictures of the walkthrough, in the colors of whatever theme shows them, from what the extension computes:
// media/walkthrough/<name>.svg.
//   npm run pictures:walkthrough
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { requireAnatomy } from '../src/anatomy/find';
import { Engine } from '../src/inference/engine';
import { analyzeAttention } from '../src/probes/attention';
import { runPrediction } from '../src/probes/prediction/run';
import { prediction } from '../src/probes/prediction';
import type { AttentionKind, AttentionResult, HeadAddress } from '../src/shared/attention';
import { axisTokens } from '../src/shared/attention';
import type { Component } from '../src/shared/anatomy';
import type { PositionPrediction } from '../src/shared/predictions';
import { root, sampleDir } from './lib/paths.mjs';

const FOLDER = path.join(root, 'media', 'walkthrough');
const WIDTH = 520;
const HEIGHT = 400;
const INK = 'var(--vscode-foreground)';
const FAINT = 'var(--vscode-descriptionForeground)';
const FIRST = 'var(--vscode-charts-blue)';
const SECOND = 'var(--vscode-charts-yellow)';
const FRAME = 'var(--vscode-descriptionForeground)';
/** Shades of a weight: each is one path. */
const SHADES = 8;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

async function main(): Promise<void> {
  const bundledDir = path.join(root, 'models');
  const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 28, log: () => undefined });
  try {
    const text = await firstSentence();
    const run = (model: string, segment = text) =>
      analyzeAttention(engine, { model, segments: [{ text: segment, offset: 0 }] });
    const bert = await run('pocket-bert');
    await mkdir(FOLDER, { recursive: true });
    await write('attention', await attention(engine, bert));
    await write('lines', await lines(engine, bert));
    await write('probe', await candidates(engine));
    await write('anatomy', await blocks(bundledDir));
    const rest = [await run('pocket-gpt2'), await run('pocket-t5', 'My brother lives in Paris.')];
    await write('models', await families(engine, [bert, ...rest]));
  } finally {
    await engine.close();
  }
}

async function firstSentence(): Promise<string> {
  const sample = await readFile(path.join(sampleDir, 'sentences.md'), 'utf8');
  return /^[A-Z].*[.!?]$/m.exec(sample)?.[0] ?? '';
}

async function write(name: string, content: string[]): Promise<void> {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="var(--vscode-font-family)" font-size="11">`;
  const file = path.join(FOLDER, `${name}.svg`);
  await writeFile(file, `${[head, ...content, '</svg>'].join('\n')}\n`);
  console.log(path.relative(root, file));
}

/** One head as a matrix under its tokens, beside all heads. */
async function attention(engine: Engine, run: AttentionResult): Promise<string[]> {
  const chosen = run.opening as HeadAddress;
  const { queries } = axisTokens(run, chosen.kind);
  const [left, top, side] = [52, 62, 300];
  const cell = side / queries.length;
  const names = queries.flatMap(({ text }, at) => {
    const middle = (at + 0.5) * cell + 4;
    return [
      label(left - 5, top + middle, text, 'end'),
      `<g transform="translate(${round(left + middle)} ${top - 6}) rotate(-60)">${label(0, 0, text)}</g>`,
    ];
  });
  const matrix = await shades(engine, run, chosen, { x: left, y: top, width: side, height: side });
  const small: string[] = [];
  for (const { kind, layer, heads } of run.layers) {
    for (let head = 0; head < heads; head++) {
      const box = { x: 375 + layer * 37, y: top + head * 38.4, width: 31.2, height: 31.2 };
      const isChosen = layer === chosen.layer && head === chosen.head;
      small.push(...(await shades(engine, run, { kind, layer, head }, box, isChosen ? SECOND : FIRST)));
      small.push(outline(box, isChosen ? SECOND : FRAME));
    }
  }
  const box = { x: left, y: top, width: side, height: side };
  return [...names, ...matrix, outline(box, FRAME), ...small];
}

/** One head as lines from each token to the tokens that it reads. */
async function lines(engine: Engine, run: AttentionResult): Promise<string[]> {
  const chosen = run.opening as HeadAddress;
  const { queries } = axisTokens(run, chosen.kind);
  const { weights, keys } = await engine.request('head', { runId: run.runId, ...chosen });
  const step = (HEIGHT - 20) / queries.length;
  const at = (token: number) => round(10 + (token + 0.5) * step);
  const names = queries.flatMap(({ text }, token) => [
    label(150, at(token) + 4, text, 'end', 13),
    label(370, at(token) + 4, text, 'start', 13),
  ]);
  const drawn = [...weights].flatMap((weight, i) => {
    if (weight < 0.05) return [];
    const path = `M158 ${at(Math.floor(i / keys))}L362 ${at(i % keys)}`;
    return [`<path d="${path}" stroke="${FIRST}" stroke-width="2" stroke-opacity="${round(weight)}"/>`];
  });
  return [...drawn, ...names];
}

/** What two models expect in a gap. */
async function candidates(engine: Engine): Promise<string[]> {
  const segments = [{ text: prediction.sample ?? '', offset: 0 }];
  const models = { causal: 'pocket-gpt2', masked: 'pocket-bert', pairs: 'pocket-bert' };
  const settings = { ...models, gap: 5, top: 6, seed: 1 };
  const { causal, masked, words, gap } = await runPrediction(engine, segments, settings, () => undefined);
  const sentence = words.map(({ text }, at) => (at === gap ? '[ ? ]' : text)).slice(0, 7);
  return [
    label(WIDTH / 2, 60, `${sentence.join(' ')} …`, 'middle', 18),
    ...bars(30, causal.model, causal.gap[0], FIRST),
    ...bars(280, masked.model, masked.gap[0], SECOND),
  ];
}

function bars(left: number, title: string, found: PositionPrediction | undefined, color: string): string[] {
  const all = found?.candidates ?? [];
  const most = all[0]?.probability ?? 1;
  const rows = all.flatMap(({ text, probability }, row) => {
    const y = 150 + row * 36;
    const width = round((130 * probability) / most);
    const percent = `${(100 * probability).toFixed(1)} %`;
    return [
      label(left + 50, y + 16, text.trim(), 'end', 13),
      `<rect x="${left + 58}" y="${y}" width="${width}" height="22" fill="${color}"/>`,
      label(left + 58 + width + 5, y + 15, percent, 'start', 11, FAINT),
    ];
  });
  return [label(left + 58, 130, title, 'start', 14), ...rows];
}

/** The parts of a model, as wide as their share of its parameters. */
async function blocks(bundledDir: string): Promise<string[]> {
  const anatomy = await requireAnatomy('pocket-bert', { bundledDir, cacheDir: bundledDir });
  const rows = anatomy.components
    .filter(({ parameters }) => parameters > 0)
    .flatMap((part): [Component, number][] => [
      [part, 0],
      ...part.children
        .filter(({ share }) => part.kind === 'block' && share > 0.01)
        .map((child): [Component, number] => [child, 1]),
    ]);
  const title = label(30, 50, `${anatomy.name} · ${number(anatomy.parameters)}`, 'start', 18);
  const drawn = rows.flatMap(([{ label: name, count, parameters, share }, depth], row) => {
    const y = 90 + row * 54;
    const x = 30 + depth * 24;
    const width = round(Math.max(2, share * 440));
    const times = count !== undefined && count > 1 ? ` × ${count}` : '';
    return [
      `<rect x="${x}" y="${y}" width="${width}" height="18" fill="${depth ? SECOND : FIRST}"/>`,
      label(x, y - 6, `${name}${times}`, 'start', 13),
      label(x + width + 8, y + 14, number(parameters), 'start', 11, FAINT),
    ];
  });
  return [title, ...drawn];
}

/** One head of each family: who may read whom. */
async function families(engine: Engine, runs: AttentionResult[]): Promise<string[]> {
  const drawn: string[] = [];
  for (const [at, run] of runs.entries()) {
    const box = { x: 20 + at * 170, y: 100, width: 140, height: 140 };
    const kind: AttentionKind = run.target ? 'cross' : (run.layers[0]?.kind ?? 'encoder');
    const layer = run.layers.filter((one) => one.kind === kind).at(-1);
    const found = run.opening?.kind === kind ? run.opening : { kind, layer: layer?.layer ?? 0, head: 0 };
    drawn.push(...(await shades(engine, run, found, box)), outline(box, FRAME));
    drawn.push(label(box.x + 70, 272, run.model.name, 'middle', 15));
    drawn.push(label(box.x + 70, 294, run.model.family, 'middle', 12, FAINT));
  }
  return drawn;
}

/** A head's weights in a box: cells of the same shade are one path. */
async function shades(engine: Engine, run: AttentionResult, head: HeadAddress, box: Box, color = FIRST) {
  const { weights, queries, keys } = await engine.request('head', { runId: run.runId, ...head });
  const [width, height] = [round(box.width / keys), round(box.height / queries)];
  const cells: string[][] = Array.from({ length: SHADES + 1 }, () => []);
  for (const [i, weight] of weights.entries()) {
    const x = round(box.x + ((i % keys) * box.width) / keys);
    const y = round(box.y + (Math.floor(i / keys) * box.height) / queries);
    cells[Math.round(weight * SHADES)]?.push(`M${x} ${y}h${width}v${height}h-${width}z`);
  }
  return cells.flatMap((paths, shade) =>
    shade === 0 || paths.length === 0
      ? []
      : [`<path d="${paths.join('')}" fill="${color}" fill-opacity="${round(shade / SHADES)}"/>`],
  );
}

function outline({ x, y, width, height }: Box, color: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${color}"/>`;
}

function label(x: number, y: number, text: string, anchor = 'start', size = 11, color = INK): string {
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}"`;
  return `<text ${place} fill="${color}">${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

main().catch((error: unknown) => {
  console.error(`walkthrough: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
