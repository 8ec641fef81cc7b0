import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { CATALOGUE } from '../../../src/models/hub/catalogue';
import { guide, type GuideResult } from '../../../src/probes/guide';
import { TASK_ENTRIES } from '../../../src/probes/guide/tasks';
import { cleanSettings } from '../../../src/probes/settings';
import { findProbe } from '../../../src/probes/table';
import { MODELS } from '../../../src/probes/timeline/data';
import type { Inference } from '../../../src/shared/inference';
import type { Report, ReportAction, Table } from '../../../src/shared/report';

const never: Inference = { request: () => Promise.reject(new Error('The guide runs no model.')) };
const machine = {
  places: { bundledDir: path.join(root, 'models'), cacheDir: path.join(root, 'no-cache') },
  memoryBytes: 16e9,
};

async function run(wanted: object): Promise<{ result: GuideResult; report: Report }> {
  const settings = cleanSettings(guide.fields, wanted);
  const result = (await guide.run(never, { segments: [], settings }, { machine })) as GuideResult;
  return { result, report: guide.report(result, settings) };
}

const fitting = ({ judged }: GuideResult) =>
  judged.filter(({ against }) => against === null).map(({ candidate }) => candidate.name);

function actionsIn({ parts, actions = [] }: Report): ReportAction[] {
  const tables = parts.filter((part): part is Table => part.kind === 'table');
  const cells = tables.flatMap(({ rows }) => rows.flat());
  const inCells = cells.flatMap((cell) =>
    typeof cell === 'object' && cell && 'action' in cell ? [cell.action] : [],
  );
  return [...actions, ...inCells];
}

describe('the guide', () => {
  for (const [name, { families, trained, probe }] of TASK_ENTRIES) {
    it(`${name}: its papers are in the timeline, its probe takes what it is told, some model is trained for it`, async () => {
      for (const { paper, family } of families) {
        const row = MODELS.find((one) => one.name === paper);
        assert.ok(row, paper);
        assert.equal(row.family, family);
      }
      const found = findProbe(probe.id);
      assert.equal(found?.title, probe.title);
      const told = { ...probe.settings, ...(probe.field && { [probe.field]: 'x' }) };
      assert.deepEqual(cleanSettings(found.fields, told), { ...cleanSettings(found.fields, {}), ...told });
      const { result, report } = await run({ task: name, seconds: 3600, memory: 100 });
      assert.ok(fitting(result).length > 0);
      assert.ok(!trained || fitting(result).every((one) => trained.test(one)));
      for (const action of actionsIn(report)) {
        assert.ok(action.kind === 'anatomy' || findProbe(action.probe), action.label);
      }
    });
  }

  it('asks every model all questions, and each answer only takes away', async () => {
    const { result } = await run({ task: 'continue', license: 'permissive', memory: 1, seconds: 2 });
    assert.equal(result.total, CATALOGUE.length + 3);
    assert.equal(result.judged.length, result.total);
    const left = result.steps.map((step) => step.left);
    assert.deepEqual(
      left,
      [...left].sort((a, b) => b - a),
    );
    assert.equal(left.at(-1), fitting(result).length);
  });

  it('counts what GPT-2 computes as its paper’s sizes say', async () => {
    const { result } = await run({ task: 'continue', length: 256, output: 64, speed: 10 });
    const need = result.judged.find(({ candidate }) => candidate.name === 'gpt2')?.need;
    const [layers, width, words, tokens] = [12, 768, 50257, 256 + 64];
    const work = tokens * (layers * 12 * width ** 2 + width * words) + layers * 2 * width * tokens ** 2;
    assert.equal(need?.work, work);
    assert.equal(need.seconds, work / 10e9);
    assert.ok(need.memory && need.memory > 4 * 124_439_808);
  });

  it('leaves out what is too large, too slow, of another license, or for code', async () => {
    const { result } = await run({ task: 'continue', license: 'permissive', memory: 3 });
    const why = new Map(result.judged.map(({ candidate, against }) => [candidate.name, against]));
    assert.equal(why.get('opt-125m'), 'license: other');
    assert.equal(why.get('Qwen2.5-Coder-0.5B-Instruct'), 'made for code');
    assert.match(
      (await run({ task: 'continue', memory: 0.1 })).result.judged.find(
        ({ candidate }) => candidate.name === 'gpt2',
      )?.against ?? '',
      /^needs 0\.6 GB/,
    );
    const code = await run({ task: 'continue', material: 'code', license: 'stated' });
    assert.deepEqual(fitting(code.result), ['Qwen2.5-Coder-0.5B-Instruct']);
  });

  it('says which answer took the last model', async () => {
    const { report } = await run({ task: 'continue', seconds: 0.001 });
    assert.match(
      report.findings.join('\n'),
      /No model is left: "How long may it take\? 0\.001 s" takes the last \d+/,
    );
    assert.equal(report.actions?.[0]?.kind, 'probe');
  });
});
