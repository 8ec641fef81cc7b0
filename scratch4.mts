import { openModel } from './src/inference/openModel';
import { runModel } from './src/inference/runner';
import { findModelFiles } from './src/models/opening';
import { SessionCache } from './src/inference/sessions';
import { prepareTraining } from './src/inference/training/prepare';
import { encodeRequest } from './src/inference/encoding';
import { POOLED } from './src/onnx/classifier/head';
const name = 'pocket-bert';
const folder = await findModelFiles(name, { bundledDir: 'models' } as never);
const sessions = new SessionCache(4);
const model = await openModel(folder, { sessions, threads: 2 });
const prepared = await prepareTraining(model, { budgetBytes: 2 ** 31, threads: 2, pooling: 'mean' });
const texts = ['I love this film so much, it is great.', 'What a terrible day!', 'This book is [MASK].'];
const encs = [];
for (const text of texts) { const e = await encodeRequest(model, { model: name, segments: [{ text, offset: 0 }] }); encs.push(e); console.log(e.tokens.map((t) => t.piece).join(' ')); }
const L = Math.max(...encs.map((e) => e.tokens.length));
const batch = { ids: encs.map((e) => [...e.tokens.map((t) => t.id), ...Array(L - e.tokens.length).fill(0)]), typeIds: encs.map(() => Array(L).fill(0)), mask: encs.map((e) => [...e.tokens.map(() => 1), ...Array(L - e.tokens.length).fill(0)]) };
const out = await prepared.forward(batch, prepared.startWeights, prepared.facts.hidden);
for (const [i, e] of encs.entries()) {
  const { tensors } = await runModel(model, { ids: e.tokens.map((t) => t.id), typeIds: e.typeIds }, { sessions, taps: ['hidden'] });
  for (const [k, h] of prepared.facts.hidden.entries()) {
    const t = tensors.find((x) => x.name === `encoder.hidden.${k}`)!;
    const data = out[h]!.data as Float32Array; let worst = 0;
    for (let j = 0; j < t.data.length; j++) worst = Math.max(worst, Math.abs(t.data[j]! - data[i * L * 256 + j]!));
    console.log(i, k, h, worst.toExponential(1), Math.hypot(...t.data.slice(0, 256)).toFixed(2));
  }
  const pooled = out[POOLED]!.data as Float32Array; const last = tensors.find((x) => x.name === 'encoder.hidden.4')!.data; let m = 0; for (let t = 0; t < e.tokens.length; t++) m += last[t * 256]! / e.tokens.length; console.log('pooled', m, pooled[i * 256]);
}
