import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadTrainingData } from '../../src/probes/training/load';
import { delimitedRows, delimiterOf } from '../../src/probes/training/delimited';
import type { TrainingData } from '../../src/shared/training';
import { MAX_DATA_LINES, MAX_SENTENCES } from '../../src/shared/training';

const MEDIA = join(__dirname, '..', '..', 'media');

describe('delimited text', () => {
  const rows = (text: string, delimiter = ',') => [...delimitedRows(text, delimiter)];

  test('quotes hold delimiters, line breaks and quotes; blank lines are no rows', () => {
    assert.deepEqual(rows('a,b\r\n"x, y","say ""hi"""\n\n"two\nlines",\n'), [
      ['a', 'b'],
      ['x, y', 'say "hi"'],
      ['two\nlines', ''],
    ]);
    assert.deepEqual(rows('a,b\rc,d'), [
      ['a', 'b'],
      ['c', 'd'],
    ]);
    assert.deepEqual(
      rows('it is 5" long,b'),
      [['it is 5" long', 'b']],
      'a quote inside a field is a character',
    );
    assert.deepEqual(rows('"never closed, b\nc'), [['never closed, b\nc']]);
    assert.deepEqual(rows('"a"b,c'), [['ab', 'c']]);
    assert.deepEqual(rows('a,'), [['a', '']]);
    assert.deepEqual(rows(''), []);
  });

  test('the first line tells the delimiter', () => {
    assert.equal(delimiterOf('text\tlabel\n1,2,3'), '\t');
    assert.equal(delimiterOf('text;label'), ';');
    assert.equal(delimiterOf('text'), ',');
  });
});

describe('training data', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'probe-data-'))));
  after(() => rm(folder, { recursive: true }));

  async function load(content: string | Uint8Array, name = 'data.csv'): Promise<TrainingData> {
    const path = join(folder, name);
    await writeFile(path, content);
    return loadTrainingData({ kind: 'file', path }, { mediaDir: MEDIA });
  }
  const refused = (content: string | Uint8Array, message: RegExp) =>
    assert.rejects(load(content), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'input');
      assert.match(error.message, message);
      assert.ok(!error.message.includes(folder), 'no path');
      return true;
    });
  const texts = (list: TrainingData['train']) => list.map(({ text }) => text).sort();

  test('columns by name, in any order, with a split; a byte order mark is no text', async () => {
    const data = await load(
      '\uFEFFLabel,Split,Text\ngood,train,A b\nbad,train,C\ngood,test,"D, e"\nbad,test,F\n',
    );
    assert.deepEqual(data.labels, ['bad', 'good']);
    assert.deepEqual(data.train, [
      { text: 'A b', label: 1 },
      { text: 'C', label: 0 },
    ]);
    assert.deepEqual(data.test, [
      { text: 'D, e', label: 1 },
      { text: 'F', label: 0 },
    ]);
    assert.deepEqual(data.notices, []);
    assert.equal(data.name, 'data.csv');
  });

  test('without names the column with fewer different values is the label; a quarter of each class is held out', async () => {
    const lines = Array.from({ length: 16 }, (_, i) => `${i % 2 ? 'pos' : 'neg'}\tsentence ${i}`);
    const data = await load(lines.join('\n'));
    assert.deepEqual(data.labels, ['neg', 'pos']);
    for (const label of [0, 1]) {
      assert.equal(data.train.filter((one) => one.label === label).length, 6);
      assert.equal(data.test.filter((one) => one.label === label).length, 2);
    }
    assert.deepEqual(await load(lines.join('\n')), data, 'the same split every time');
  });

  test('JSON lines', async () => {
    const data = await load(
      '{"text":"a","label":1}\n\n{"sentence":"b","label":0}\n{"text":"c","label":0}\n{"text":"d","label":1}\n',
    );
    assert.deepEqual(data.labels, ['0', '1']);
    assert.deepEqual(texts([...data.train, ...data.test]), ['a', 'b', 'c', 'd']);
    await refused('{"text":"a","label":1}\nnonsense\n', /Line 2 of data.csv is no JSON object/);
    await refused('{"text":"a"}\n', /Line 1 of data.csv lacks/);
  });

  test('repeated sentences are left out, and never trained on and tested', async () => {
    const data = await load(
      'text,label,split\nA cat,x,train\na  CAT,x,test\nB,y,train\nC,x,train\nC,y,train\n,x,train\nD,y,test\n',
    );
    assert.deepEqual(texts(data.train), ['B', 'C']);
    assert.deepEqual(texts(data.test), ['D', 'a  CAT']);
    assert.equal(data.notices.length, 2);
    assert.match(data.notices[0] ?? '', /1 row without a text or a label/);
    assert.match(data.notices[1] ?? '', /2 repeated sentences left out.*1 of them had another label/);
  });

  test('data that nothing can be learned from is refused with a reason', async () => {
    await refused('', /data.csv is empty/);
    await refused('text,label\n', /no labeled sentences/);
    await refused('text,label\na,x\nb,x\n', /of one class/);
    await refused('text,label\na,x\nb,y\nc,y\n', /The class "x".*at least two/s);
    await refused('text,label,split\na,x,train\nb,y,train\n', /marks?.*test|no test sentences/i);
    await refused('a,b,c\nd,e,f\n', /columns of data.csv are not clear/);
    await refused(Array.from({ length: 50 }, (_, i) => `text ${i},label ${i}`).join('\n'), /not clear/);
    await refused(
      'text,label\n' + Array.from({ length: 50 }, (_, i) => `t${i},l${i}`).join('\n'),
      /50 different labels/,
    );
  });

  test('another encoding is refused, UTF-16 with its mark is read', async () => {
    await refused(Uint8Array.from([0x74, 0xe9, 0x2c, 0x61]), /not UTF-8/);
    await refused('text,label\na\0b,x\n', /not UTF-8/);
    const data = await load(
      Buffer.from('\uFEFFtext,label,split\né,x,train\nb,y,train\nc,y,test\nd,x,test\n', 'utf16le'),
    );
    assert.deepEqual(texts(data.train), ['b', 'é']);
  });

  test('100,000 lines are sampled, more are refused, and so is a file of more than 16 MB', async () => {
    const line = (i: number) => `sentence number ${i},${i % 4 === 0 ? 'rare' : 'common'}`;
    const lines = Array.from({ length: MAX_DATA_LINES - 1 }, (_, i) => line(i));
    const data = await load(['text,label', ...lines].join('\n'));
    const all = [...data.train, ...data.test];
    assert.ok(all.length <= MAX_SENTENCES && all.length > MAX_SENTENCES - 5);
    const rare = all.filter(({ label }) => data.labels[label] === 'rare').length;
    assert.equal(Math.round((100 * rare) / all.length), 25, 'in proportion');
    assert.match(data.notices[0] ?? '', /A sample of 2,000 of 99,999 sentences/);
    await refused(['text,label', ...lines, line(1), line(2)].join('\n'), /more than 100,000 lines/);
    const large = join(folder, 'large.csv');
    await writeFile(large, 'text,label\n');
    await truncate(large, 17 * 2 ** 20);
    await assert.rejects(
      loadTrainingData({ kind: 'file', path: large }, { mediaDir: MEDIA }),
      /larger than 16 MB/,
    );
    await assert.rejects(
      loadTrainingData({ kind: 'file', path: join(folder, 'no.csv') }, { mediaDir: MEDIA }),
      /ENOENT/,
    );
  });

  test('two texts as two classes, one sentence a line', async () => {
    const classes = [
      { name: 'notes.md', text: 'One.\n\n Two.\nThree.\nFour.' },
      { name: 'notes.md', text: 'Five.\r\nSix.' },
    ];
    const data = await loadTrainingData({ kind: 'classes', classes }, { mediaDir: MEDIA });
    assert.deepEqual(data.labels, ['notes.md', 'notes.md (2)']);
    assert.deepEqual(texts([...data.train, ...data.test]), [
      'Five.',
      'Four.',
      'One.',
      'Six.',
      'Three.',
      'Two.',
    ]);
    const empty = [
      { name: 'a', text: 'One.' },
      { name: 'b', text: ' \n' },
    ];
    await assert.rejects(
      loadTrainingData({ kind: 'classes', classes: empty }, { mediaDir: MEDIA }),
      /"b" has no sentences/,
    );
  });

  test('the bundled sets are balanced and share no sentence between training and test', async () => {
    for (const [kind, sizes] of [
      ['small', [8, 4]],
      ['large', [240, 120]],
      ['agreement', [240, 120]],
    ] as const) {
      const { train, test: held, labels, notices } = await loadTrainingData({ kind }, { mediaDir: MEDIA });
      assert.deepEqual([train.length, held.length], sizes);
      assert.deepEqual(labels, kind === 'agreement' ? ['correct', 'wrong'] : ['negative', 'positive']);
      assert.deepEqual(notices, []);
      for (const list of [train, held])
        assert.equal(list.filter(({ label }) => label === 1).length * 2, list.length);
      const known = new Set(train.map(({ text }) => text.toLowerCase()));
      assert.ok(held.every(({ text }) => !known.has(text.toLowerCase())));
    }
  });

  test('in the bundled set on agreement every word is in as many correct as wrong sentences', async () => {
    const { train, test: held } = await loadTrainingData({ kind: 'agreement' }, { mediaDir: MEDIA });
    for (const sentences of [train, held]) {
      const surplus = new Map<string, number>();
      for (const { text, label } of sentences) {
        for (const word of new Set(text.toLowerCase().match(/[a-z']+/g)))
          surplus.set(word, (surplus.get(word) ?? 0) + (label === 0 ? 1 : -1));
      }
      assert.deepEqual(
        [...surplus].filter(([, count]) => count !== 0),
        [],
      );
    }
  });
});
