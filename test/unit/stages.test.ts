import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { countTests, stages } from '../../scripts/lib/stages.mjs';

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
});
