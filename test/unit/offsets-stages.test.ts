import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProbeTokenizer } from '../../src/models/tokenizer';
import { answerLines, lines, segmentsOf } from './tokenizers/truth';

interface Stages {
  strings: string[];
  cases: {
    name: string;
    tokenizer: Record<string, unknown>;
    answers: { ids: number[]; offsets: number[] }[];
  }[];
}

const stages = JSON.parse(readFileSync(join(__dirname, 'tokenizers/stages.json'), 'utf8')) as Stages;

for (const { name, tokenizer, answers } of stages.cases) {
  test(`${name}: offsets equal the Rust library's`, () => {
    const ours = new ProbeTokenizer(tokenizer);
    stages.strings.forEach((text, index) => {
      const { ids, offsets } = answers[index] ?? assert.fail('no answer');
      const zeros = ids.map(() => 0);
      const answer = { ids, offsets, special: zeros, types: zeros, sequences: zeros };
      const { tokens, typeIds } = ours.encode(segmentsOf(text));
      assert.deepEqual(lines(tokens, typeIds), answerLines(answer, [text]), JSON.stringify(text));
    });
  });
}
