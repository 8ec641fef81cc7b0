import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { seeded } from '../support/seeded';
import type { Fault } from './faults';
import { StandInHub, type Seen } from './server';
import { assertWhole, clientOf, errorOf, fetchFrom, folderOfCommit, noise } from './support';

/*
 * Random sequences of faults, in a process of their own: node fuzzProcess.ts FIRST COUNT FOLDER. Prints the number of
 * downloads that failed on the way; a sequence that goes wrong ends the process with its number.
 */

const AT_ONCE = 8;

type Pick = (below: number) => number;

/** Whole numbers from a seed, so that a failing sequence can be run again by its number. */
function picks(seed: number): Pick {
  const next = seeded(Math.imul(seed, 0x9e3779b1));
  return (below) => Math.floor(next() * below);
}

const STATUSES = [401, 403, 404, 408, 416, 429, 500, 502, 503];
const FAULTS: ((pick: Pick) => Fault)[] = [
  (pick) => ({ kind: 'cut', after: pick(6_000), reset: pick(2) === 0 }),
  (pick) => ({ kind: 'short', after: pick(6_000) }),
  (pick) => ({
    kind: 'status',
    status: STATUSES[pick(STATUSES.length)] ?? 500,
    headers: { 'retry-after': '0' },
  }),
  () => ({ kind: 'reset' }),
  () => ({ kind: 'wrong-bytes' }),
  (pick) => ({ kind: 'too-long', extra: 1 + pick(50) }),
  (pick) => ({ kind: 'wrong-length', by: pick(20) - 10 }),
  (pick) => ({ kind: 'wrong-linked-size', by: 1 + pick(9) }),
  () => ({ kind: 'wrong-linked-etag' }),
  () => ({ kind: 'wrong-commit' }),
  () => ({ kind: 'ignore-range' }),
  () => ({ kind: 'other-range' }),
  () => ({ kind: 'no-length' }),
  (pick) => ({ kind: 'slow', piece: 500 + pick(3_000), pauseMs: 1 }),
];

/** A model of a few small files, some of them large enough for several pieces. */
function randomModel(seed: number, pick: Pick): Record<string, Buffer> {
  const file = (path: string, most: number) => [path, noise(`${seed} ${path}`, pick(most))] as const;
  const extra = [
    ...(pick(2) === 0 ? [file('tokenizer.json', 1_500)] : []),
    ...(pick(3) === 0 ? [file('onnx/model.onnx_data', 8_000)] : []),
  ];
  return Object.fromEntries([file('config.json', 400), file('onnx/model.onnx', 8_000), ...extra]);
}

/**
 * Watches what a sequence asks for. A request that begins before the end of what is held would fetch bytes twice, and so
 * would any request for a file that is there. Ranges are given up only after a server has shown that it cannot do them.
 */
function watch(folder: string, pick: Pick, rate: number) {
  const noRanges = new Set<string>();
  const refetched: string[] = [];
  const fault = () => (pick(100) < rate ? FAULTS[pick(FAULTS.length)]?.(pick) : undefined);
  const onFile = ({ file = '', from }: Seen) => {
    if (sizeOf(join(folder, file)) !== null) refetched.push(`${file}: is there already`);
    const held = sizeOf(join(folder, `${file}.partial`)) ?? 0;
    if (from !== held && !(from === 0 && noRanges.has(file)))
      refetched.push(`${file}: from ${from} with ${held} held`);
  };
  return { noRanges, refetched, fault, onFile };
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Serves random models with random faults, each sequence until its faults are over. */
class Fuzz {
  /** Downloads that ended in an error. */
  failures = 0;
  private readonly watches = new Map<string, ReturnType<typeof watch>>();

  constructor(
    private readonly hub: StandInHub,
    private readonly caches: string,
  ) {
    hub.faults = ({ path, kind, host }) =>
      this.faultFor(decodeURIComponent(path), kind === 'file', host === 'hub');
    hub.onFile = (seen) => this.watches.get(seen.repository ?? '')?.onFile(seen);
  }

  async run(seed: number): Promise<void> {
    const pick = picks(seed);
    const id = `fuzz/s${seed}`;
    const contents = randomModel(seed, pick);
    const cacheDir = join(this.caches, `${seed}`);
    const folder = folderOfCommit(cacheDir, this.hub.add(id, contents));
    const seen = watch(folder, pick, 5 + pick(45));
    this.watches.set(id, seen);
    // A few tries under fire, some of them stopped by the user; then the weather clears.
    for (let tries = pick(4); tries > 0; tries--)
      await this.fetchUnderFire(id, cacheDir, folder, contents, pick);
    this.watches.set(id, { ...seen, fault: () => undefined });
    await fetchFrom(clientOf(this.hub), cacheDir, { id });
    await assertWhole(folder, contents);
    assert.deepEqual(seen.refetched, []);
    this.watches.delete(id);
    await rm(cacheDir, { recursive: true });
  }

  private async fetchUnderFire(
    id: string,
    cacheDir: string,
    folder: string,
    contents: Record<string, Buffer>,
    pick: Pick,
  ) {
    const stop = new AbortController();
    const timer = pick(3) === 0 ? setTimeout(() => stop.abort(), pick(30)) : undefined;
    const failed = await fetchFrom(clientOf(this.hub), cacheDir, { id }, { signal: stop.signal }).then(
      () => null,
      (error: unknown) => errorOf(Promise.reject(error)),
    );
    clearTimeout(timer);
    if (failed === null) return assertWhole(folder, contents);
    this.failures++;
    assert.match(failed.message, /\.$/);
  }

  private faultFor(path: string, isFile: boolean, isHub: boolean): Fault | undefined {
    const id = /fuzz\/s\d+/.exec(path)?.[0] ?? '';
    const seen = this.watches.get(id);
    const fault = seen?.fault();
    const file = path.slice(path.lastIndexOf('/') + 1);
    const isStatus416 = fault?.kind === 'status' && fault.status === 416;
    const isRangeFault = isStatus416 || ['other-range', 'wrong-length'].includes(fault?.kind ?? '');
    if (isFile && isRangeFault) for (const each of [file, `onnx/${file}`]) seen?.noRanges.add(each);
    // Changed bytes belong to bodies; on a redirect they would mean nothing.
    return isHub && isFile && fault?.kind === 'wrong-bytes' && file.includes('.onnx') ? undefined : fault;
  }
}

async function main(first: number, count: number, folder: string): Promise<void> {
  const hub = await StandInHub.start();
  const fuzz = new Fuzz(hub, folder);
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const work = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      await fuzz.run(seed).catch((error: unknown) => {
        throw new Error(`Sequence ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await hub.stop();
  process.stdout.write(`${fuzz.failures}\n`);
}

const [first = 0, count = 1] = process.argv.slice(2, 4).map(Number);
void main(first, count, process.argv[4] ?? '').catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
