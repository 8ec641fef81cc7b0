import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { Engine } from '../../src/inference/engine';
import { tasks } from '../../src/probes/tasks';
import { runTasks, type TasksSettings } from '../../src/probes/tasks/run';
import { defaultSettings } from '../../src/probes/settings';
import type { Answering, Classification, Embeddings, Tagging } from '../../src/shared/tasks';

/** What transformers' pipelines answer for the same models; see make_tasks.py. */
const FOLDER = join(root, 'test', 'fixtures', 'tasks');

interface Labeled {
  labels: [{ label: string; score: number }[]];
  logits: number[];
  vector: number[];
}
interface Found {
  entity?: string;
  entity_group?: string;
  score: number;
  start: number;
  end: number;
}
interface Span {
  score: number;
  start: number;
  end: number;
  answer: string;
}
interface Pooled {
  vectors: number[][];
  normalized: number[][];
  similarity: number[][];
}
const truth = JSON.parse(readFileSync(join(FOLDER, 'answers.json'), 'utf8')) as {
  text: string;
  question: string;
  stars: Labeled;
  topics: Labeled;
  'last-token': Labeled;
  entities: Record<'none' | 'simple' | 'first' | 'average' | 'max', Found[]>;
  answers: Record<'spans' | 'short' | 'impossible', Span[]>;
  sentences: { texts: string[] } & Record<'mean' | 'first' | 'pooler', Pooled>;
};

function near(actual: number | null | undefined, expected: number, what: string): void {
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) <= 1e-5,
    `${what}: ${actual}, not ${expected}`,
  );
}

function nearAll(actual: readonly number[] | null | undefined, expected: readonly number[], what: string) {
  assert.equal(actual?.length, expected.length, what);
  expected.forEach((value, i) => near(actual?.[i], value, `${what} ${i}`));
}

describe('tasks on top', () => {
  const engine = new Engine({
    bundledDir: join(root, 'models'),
    memoryBudgetBytes: 2 ** 26,
    log: () => undefined,
  });
  after(() => engine.close());

  function run(name: string, more: Partial<TasksSettings> = {}, text = truth.text) {
    const model = name.startsWith('pocket') ? name : join(FOLDER, name);
    const settings = {
      ...(defaultSettings(tasks.fields) as unknown as TasksSettings),
      ...{ model, question: truth.question, explain: 'none' as const },
      ...more,
    };
    const segments = [{ text, offset: 0 }];
    return runTasks({ inference: engine, segments, settings, progress: () => undefined });
  }

  for (const name of ['stars', 'topics', 'last-token'] as const) {
    test(`${name}: probabilities and the head's vector equal the pipeline's`, async () => {
      const { head, reading, architecture } = await run(name);
      assert.equal(head, 'classification');
      assert.match(architecture ?? '', /ForSequenceClassification$/);
      const { labels, vector, sentences, scores } = reading as Classification;
      assert.equal(scores, name === 'topics' ? 'sigmoid' : 'softmax');
      const expected = truth[name].labels[0];
      assert.deepEqual(
        labels.map(({ label }) => label),
        expected.map(({ label }) => label),
      );
      expected.forEach(({ score }, i) => near(labels[i]?.score, score, `score ${i}`));
      for (const { id, logit } of labels) near(logit, truth[name].logits[id] as number, `logit ${id}`);
      nearAll(vector, truth[name].vector, 'vector');
      assert.equal(sentences.length, 3);
    });
  }

  test('stars: leaving a token out moves the label by what the text without it gives', async () => {
    const { reading, tokens } = await run('stars', { explain: 'both', label: '5 stars' });
    const { moved, labels } = reading as Classification;
    assert.equal(moved?.prediction.chosen.label, '5 stars');
    near(moved?.prediction.value, labels.find(({ id }) => id === 4)?.logit ?? NaN, 'explained logit');
    const [integrated, occlusion] = moved?.scores ?? [];
    assert.deepEqual([integrated?.method, occlusion?.method], ['integrated-gradients', 'occlusion']);
    const ids = tokens.map(({ id }) => id);
    const mask = moved?.replacement.id ?? -1;
    const { runId } = await engine.request('run', { model: join(FOLDER, 'stars'), ids: ids.with(3, mask) });
    const { data } = await engine.request('tensor', { runId, name: 'logits' });
    near(occlusion?.input[3], (moved?.prediction.value ?? NaN) - (data[4] as number), 'occlusion');
  });

  test('entities: labels of tokens, and joined by every strategy, equal the pipeline’s', async () => {
    for (const aggregation of ['simple', 'first', 'average', 'max'] as const) {
      const { head, reading, tokens } = await run('entities', { aggregation });
      assert.equal(head, 'token-classification');
      const { entities, tokens: tagged } = reading as Tagging;
      const named = tagged.filter(({ labels }) => labels[0]?.label !== 'O');
      assert.equal(named.length, truth.entities.none.length);
      truth.entities.none.forEach(({ entity, score, start }, i) => {
        const { index = -1, labels = [] } = named[i] ?? {};
        assert.deepEqual([labels[0]?.label, tokens[index]?.start], [entity, start]);
        near(labels[0]?.score, score, `token ${index}`);
      });
      const expected = truth.entities[aggregation];
      assert.deepEqual(
        entities.map(({ label, start, end }) => [label, start, end]),
        expected.map(({ entity_group, start, end }) => [entity_group, start, end]),
      );
      expected.forEach(({ score }, i) => near(entities[i]?.score, score, `${aggregation} ${i}`));
    }
  });

  test('answers: the best spans, short ones, and none, equal the pipeline’s', async () => {
    for (const [longest, expected] of [
      [15, truth.answers.spans],
      [2, truth.answers.short],
    ] as const) {
      const { head, reading, tokens } = await run('answers', { longest });
      assert.equal(head, 'question-answering');
      const { spans } = reading as Answering;
      expected.forEach(({ score, start, end, answer }, i) => {
        const { from = -1, to = -1, text, score: found } = spans[i] ?? {};
        assert.deepEqual([tokens[from]?.start, tokens[to]?.end, text], [start, end, answer]);
        near(found, score, `span ${i}`);
      });
      assert.ok(spans.every(({ from, to }) => from <= to && to - from < longest));
    }
    const none = truth.answers.impossible.find(({ answer }) => answer === '');
    const { reading } = await run('answers');
    near((reading as Answering).impossible, none?.score ?? NaN, 'no answer');
  });

  for (const [pooling, key] of [
    ['mean', 'mean'],
    ['first', 'first'],
    ['own', 'pooler'],
  ] as const) {
    test(`sentences: ${pooling} vectors and their cosines equal PyTorch's`, async () => {
      const plain = (await run('sentences', { pooling, normalize: false })).reading as Embeddings;
      const { head, reading } = await run('sentences', { pooling });
      assert.equal(head, null);
      const { vectors, similarity } = reading as Embeddings;
      assert.deepEqual(
        vectors.map(({ name }) => name),
        truth.sentences.texts,
      );
      vectors.forEach(({ values }, i) => {
        nearAll(values, truth.sentences[key].normalized[i] ?? [], `vector ${i}`);
        nearAll(plain.vectors[i]?.values, truth.sentences[key].vectors[i] ?? [], `plain vector ${i}`);
      });
      nearAll(similarity, truth.sentences[key].similarity.flat(), 'cosines');
    });
  }

  test('a model without a head gives embeddings, and a way out where another task is asked for', async () => {
    const found = await run('pocket-bert');
    assert.equal(found.head, null);
    assert.equal(found.reading.task, 'embeddings');
    const report = tasks.report(found, defaultSettings(tasks.fields));
    assert.match(report.findings[0] ?? '', /has no head.*Transfer Learning/);
    assert.ok(report.parts.some(({ id }) => id === 'models'));
    await assert.rejects(run('pocket-bert', { task: 'classification' }), /Transfer Learning and save it/);
    await assert.rejects(run('stars', { task: 'question-answering' }), /another head/);
    await assert.rejects(run('pocket-bert', { pooling: 'own' }), /another pooling/);
    assert.equal((await run('stars', { task: 'embeddings' })).reading.task, 'embeddings');
  });

  test('decoders and encoder-decoders give embeddings, too', async () => {
    for (const model of ['pocket-gpt2', 'pocket-t5']) {
      const { reading } = await run(model, { pooling: model === 'pocket-gpt2' ? 'last' : 'mean' });
      const { vectors } = reading as Embeddings;
      assert.equal(vectors.length, 3);
      assert.ok(vectors.every(({ values }) => values.every(Number.isFinite)));
    }
  });

  test('every reading becomes a report of finite numbers', async () => {
    for (const name of ['stars', 'topics', 'entities', 'answers', 'sentences']) {
      const report = tasks.report(await run(name), defaultSettings(tasks.fields));
      assert.ok(report.findings.length >= 2 && report.parts.length >= 3);
      assert.ok(!/NaN|undefined/.test(JSON.stringify(report)), name);
    }
  });
});
