import { readFileSync } from 'node:fs';
import { openModel } from './src/inference/openModel';
import { findModelFiles } from './src/models/opening';
import { SessionCache } from './src/inference/sessions';
import { prepareTraining } from './src/inference/training/prepare';
import { encodeRequest } from './src/inference/encoding';
import { fitLogistic } from './src/inference/training/baseline';
import { classify, logitsOf } from './src/inference/training/head';
import { padded, batchesOf } from './src/inference/training/batches';
const name = process.argv[2] ?? 'pocket-bert';
const folder = await findModelFiles(name, { bundledDir: 'models' } as never);
const model = await openModel(folder, { sessions: new SessionCache(4), threads: 2 });
const prepared = await prepareTraining(model, { budgetBytes: 2 ** 31, threads: 2, pooling: 'mean' });
const enc = async (text: string, label: number) => { const e = await encodeRequest(model, { model: name, segments: [{ text, offset: 0 }] }); return { ids: e.tokens.map((t) => t.id), typeIds: e.typeIds, label }; };
const rows = readFileSync('media/training/sentiment.tsv', 'utf8').trim().split('\n').slice(1).map((l) => l.split('\t'));
const train = await Promise.all(rows.filter((r) => r[0] === 'train').map((r) => enc(r[2]!, r[1] === 'positive' ? 1 : 0)));
const test = await Promise.all(rows.filter((r) => r[0] === 'test').map((r) => enc(r[2]!, r[1] === 'positive' ? 1 : 0)));
async function feats(ss: typeof train, k: number, how: string) {
  const out: number[][] = [];
  for (const b of batchesOf(ss, 32)) {
    const p = padded(b, 0); const T = p.ids[0]!.length; const o = (await prepared.forward(p, prepared.startWeights, prepared.facts.hidden))[prepared.facts.hidden[k]!]!; const D = o.dims[2]!; const d = o.data as Float32Array;
    b.forEach((s, i) => { const v = Array(D).fill(how === 'max' ? -1e9 : 0); for (let t = 0; t < s.ids.length; t++) for (let c = 0; c < D; c++) v[c] = how === 'max' ? Math.max(v[c], d[(i * T + t) * D + c]!) : v[c] + d[(i * T + t) * D + c]! / s.ids.length; out.push(v); });
  }
  return out;
}
for (const how of ['mean', 'max']) for (let k = 0; k < prepared.facts.hidden.length; k++) {
  const a = await feats(train, k, how), b = await feats(test, k, how); const D = a[0]!.length;
  const m = Array(D).fill(0), v = Array(D).fill(0); for (const r of a) r.forEach((x, i) => (m[i] += x / a.length)); for (const r of a) r.forEach((x, i) => (v[i] += (x - m[i]) ** 2 / a.length));
  const sc = (r: number[][]) => Float32Array.from(r.flatMap((row) => row.map((x, i) => (x - m[i]) / Math.sqrt(v[i] + 1e-9))));
  const h = fitLogistic(sc(a), train.map((s) => s.label), 2);
  const acc = (f: Float32Array, ss: typeof train) => classify(logitsOf(h, f), ss.map((s) => s.label)).predicted.filter((p, i) => p === ss[i]!.label).length / ss.length;
  console.log(how, k, acc(sc(a), train).toFixed(3), acc(sc(b), test).toFixed(3));
}
