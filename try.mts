import { readdirSync } from 'node:fs';
import { Engine } from './src/inference/engine';
const engine = new Engine({ bundledDir: 'models', memoryBudgetBytes: 2**28, log: () => undefined });
const dirs = ['models','test/fixtures/models','test/fixtures/exporters'].flatMap(d=>readdirSync(d,{withFileTypes:true}).filter(e=>e.isDirectory()&&e.name!=='training').map(e=>d+'/'+e.name));
for (const model of dirs) { try {
  const ids=[5,9,11,40];
  const l = await engine.request('firstLayer',{model,ids});
  const n = await engine.request('neighbors',{model,ids:[5],count:2});
  const p = await engine.request('projection',{model,ids});
  console.log(model.padEnd(36), l && l.terms.map(t=>t.kind+' '+t.shares[1].toFixed(2)).join(', '), l?.width, 'diff', l?.difference, n[0].nearest[0].cosine.toFixed(3), p.explained[0].toFixed(2));
} catch(e) { console.log(model, String(e).slice(0,200)); } }
await engine.close();
