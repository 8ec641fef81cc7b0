import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { runInLanes } from '../../scripts/lib/lanes.mjs';
import { countTests, runStage, stages } from '../../scripts/lib/stages.mjs';
import { summaryOf } from '../../scripts/lib/summary.mjs';
import { Transcript } from '../../scripts/lib/transcript.mjs';

describe('npm test', () => {
  it('runs every test file there is', () => {
    const folders = stages.flatMap(({ tests, runs }) => tests ?? runs ?? []).map((folder) => `${folder}/`);
    const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `test/${name.replaceAll('\\', '/')}`);
    assert.ok(files.length > 10);
    for (const file of files) {
      assert.equal(folders.filter((folder) => file.startsWith(folder)).length, 1, file);
    }
  });

  it('names stages that a stage needs before it', () => {
    const before: string[] = [];
    for (const { name, needs = [] } of stages) {
      for (const needed of needs) assert.ok(before.includes(needed), `${name} needs ${needed}`);
      before.push(name);
    }
  });

  it("counts by the runners' closing lines, cancelled tests as failed", () => {
    assert.deepEqual(countTests('✔ one\nℹ pass 3\nℹ fail 1\nℹ cancelled 2\n'), { passed: 3, failed: 3 });
    assert.deepEqual(countTests('✔ pass 7 balls\npass 12\nfail 0\n'), { passed: 12, failed: 0 });
    assert.equal(countTests('bash: node: command not found'), undefined);
  });

  it('reports every command of a stage that failed, and counts it', async () => {
    let output = '';
    const fails = (code: number) => ['node', '-e', `console.log('said ${code}'); process.exit(${code})`];
    const stage = { name: 'checks', commands: [fails(3), fails(0), fails(4)] };
    const outcome = await runStage(stage, { onOutput: (text) => (output += text) });
    assert.equal(output, 'said 3\nsaid 0\nsaid 4\n');
    assert.deepEqual([outcome.passed, outcome.failed], [1, 2]);
    assert.match(
      outcome.problem ?? '',
      /exit\(3\)` ended with exit code 3\. .*exit\(4\)` ended with exit code 4\./,
    );
  });

  it('runs one lane from the front and the others from the end, each stage once', async () => {
    for (const lanes of [1, 2, 3]) {
      const started: number[] = [];
      let running = 0;
      const results = await runInLanes([0, 1, 2, 3, 4], lanes, async (item) => {
        assert.ok(++running <= lanes);
        started.push(item);
        await new Promise(setImmediate);
        running--;
        return item * 10;
      });
      assert.deepEqual(results, [0, 10, 20, 30, 40]);
      const first = started.slice(0, lanes);
      assert.deepEqual(first, [0, 4, 3].slice(0, lanes));
      assert.deepEqual(started.toSorted(), [0, 1, 2, 3, 4]);
    }
  });

  it('shows what runs side by side as if it had run one after the other', () => {
    let shown = '';
    const transcript = new Transcript(4, (text) => (shown += text));
    transcript.add(1, 'b1 ');
    transcript.add(0, 'a1 ');
    transcript.add(2, 'c1 ');
    transcript.end(2);
    transcript.add(0, 'a2 ');
    assert.equal(shown, 'a1 a2 ');
    transcript.end(0);
    transcript.add(1, 'b2 ');
    assert.equal(shown, 'a1 a2 b1 b2 ');
    transcript.add(3, 'd1 ');
    transcript.end(1);
    transcript.add(3, 'd2 ');
    assert.equal(shown, 'a1 a2 b1 b2 c1 d1 d2 ');
    transcript.end(3);
    transcript.flush();
    assert.equal(shown, 'a1 a2 b1 b2 c1 d1 d2 ');
  });

  it('loses nothing that was printed where it is broken off', () => {
    let shown = '';
    const transcript = new Transcript(3, (text) => (shown += text));
    transcript.add(2, 'c');
    transcript.add(1, 'b');
    transcript.add(0, 'a');
    transcript.flush();
    assert.equal(shown, 'abc');
  });

  it('sums up: a table, then what failed and the end of its output', () => {
    const lines = Array.from({ length: 200 }, (_, line) => `line ${line}`);
    const rows = [
      { name: 'unit', passed: 12, failed: 0, seconds: 3.21, output: 'fine\n' },
      { name: 'lint', passed: 1, failed: 1, seconds: 2, output: lines.join('\n'), problem: 'of the code.' },
    ];
    const summary = summaryOf(rows);
    assert.match(summary, /^unit +12 +0 +3\.2$/m);
    assert.match(summary, /\nline 198\nline 199\n\nlint: of the code\.\n13 passed, 1 failed in lint$/);
    assert.doesNotMatch(summary, /line 100\n|fine/);
  });
});
