import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInCatalogue } from '../../../src/anatomy/catalogue';
import { requireAnatomy } from '../../../src/anatomy/find';
import { timeline } from '../../../src/probes/timeline';
import { MODELS } from '../../../src/probes/timeline/data';
import {
  dominanceSince,
  familiesByYear,
  majority,
  yearlyGrowth,
} from '../../../src/probes/timeline/statistics';
import { cleanSettings } from '../../../src/probes/settings';
import type { Inference } from '../../../src/shared/inference';
import type { TimelineModel, TimelineResult } from '../../../src/shared/timeline';

const CONTEXT = { machine: { places: { bundledDir: '', cacheDir: '' }, memoryBytes: 1 } };

async function run(settings: object) {
  const clean = cleanSettings(timeline.fields, settings);
  const result = (await timeline.run(
    {} as Inference,
    { segments: [], settings: clean },
    CONTEXT,
  )) as TimelineResult;
  return { result, report: timeline.report(result, clean) };
}

function model(date: string, family: TimelineModel['family'], parameters: number | null): TimelineModel {
  const rest = {
    name: 'x',
    organization: 'y',
    context: null,
    parametersFrom: null,
    contextFrom: null,
    openness: 'weights',
    source: '',
    isLandmark: false,
  };
  return { ...rest, openness: 'weights', date, family, parameters };
}

describe('the data of the timeline', () => {
  it('has the eleven models of the course among at least sixty, each once', () => {
    const names = MODELS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 60);
    const landmarks = MODELS.filter(({ isLandmark }) => isLandmark).map(({ name }) => name);
    const course = [
      'Transformer',
      'GPT',
      'BERT',
      'GPT-2',
      'T5',
      'GPT-3',
      'InstructGPT',
      'LLaMA',
      'Mistral 7B',
      'Gemma 2',
      'SmolLM2',
    ];
    assert.deepEqual([...landmarks].sort(), course.sort());
  });

  it('is in the order of its months and arXiv numbers, and no source stands for two models', () => {
    const places = MODELS.map(({ date, source }) => `${date} ${/abs\/(\S+)$/.exec(source)?.[1] ?? ''}`);
    assert.deepEqual(places, [...places].sort());
    assert.equal(new Set(MODELS.map(({ source }) => source)).size, MODELS.length);
  });

  it('has known families and ways of publishing only', () => {
    for (const { family, openness, organization } of MODELS) {
      assert.ok(['encoder-only', 'decoder-only', 'encoder-decoder'].includes(family));
      assert.ok(['weights', 'code', 'service', 'none'].includes(openness));
      assert.notEqual(organization, '');
    }
  });

  it('says of every number where it was read', () => {
    for (const { name, parameters, parametersFrom, context, contextFrom } of MODELS) {
      assert.equal(parameters === null, parametersFrom === null, name);
      assert.equal(context === null, contextFrom === null, name);
      for (const from of [parametersFrom, contextFrom]) {
        if (from) assert.match(from.href, /^https:\/\/[\w.-]+\/\S+$/, name);
        if (from) assert.match(from.label, /^\S/, name);
      }
    }
  });

  it('gives the parameters of models of the Hub as their configs have them, to a hundredth', async () => {
    const counted = MODELS.flatMap(({ name, parameters, parametersFrom }) => {
      const id = /huggingface\.co\/(.+)$/.exec(parametersFrom?.href ?? '')?.[1];
      return id !== undefined && findInCatalogue(id) ? [{ name, parameters, id }] : [];
    });
    assert.ok(counted.length >= 15, String(counted.length));
    for (const { name, parameters, id } of counted) {
      const { parameters: counts } = await requireAnatomy(id, { bundledDir: '', cacheDir: '' });
      assert.ok(Math.abs((parameters ?? 0) / counts - 1) < 0.01, `${name}: ${counts}`);
    }
  });

  for (const { name, date, source, parameters, context } of MODELS) {
    it(`${name}: a month from 2017 to 2026, a source of that month, sizes that can be`, () => {
      assert.match(date, /^20(1[7-9]|2[0-6])-(0[1-9]|1[0-2])$/);
      assert.match(source, /^https:\/\/[\w.-]+\/\S+$/);
      const arxiv = /arxiv\.org\/abs\/(\d\d)(\d\d)\.\d{5}$/.exec(source);
      if (source.includes('arxiv')) assert.equal(`20${arxiv?.[1]}-${arxiv?.[2]}`, date);
      assert.ok(
        parameters === null || (parameters >= 1e7 && parameters < 1e13 && Number.isInteger(parameters)),
      );
      assert.ok(context === null || (context >= 64 && context <= 2 ** 24 && Number.isInteger(context)));
    });
  }
});

describe('the statistics of the timeline', () => {
  const models = [
    model('2018-01', 'encoder-only', 100),
    model('2019-01', 'decoder-only', 50),
    model('2019-02', 'encoder-only', 400),
    model('2021-01', 'decoder-only', null),
    model('2022-01', 'decoder-only', 1600),
  ];

  it('counts every year between the first and the last', () => {
    const years = familiesByYear(models);
    assert.deepEqual(
      years.map(({ year }) => year),
      [2018, 2019, 2020, 2021, 2022],
    );
    assert.deepEqual(years[1]?.counts, { 'encoder-only': 1, 'decoder-only': 1, 'encoder-decoder': 0 });
  });

  it('finds since when one family has the majority', () => {
    assert.deepEqual(dominanceSince(familiesByYear(models)), { family: 'decoder-only', since: 2021 });
    assert.equal(dominanceSince(familiesByYear(models.slice(0, 3))), null);
    assert.equal(majority({ 'encoder-only': 1, 'decoder-only': 1, 'encoder-decoder': 0 }), null);
    assert.equal(dominanceSince([]), null);
  });

  it('measures growth from the largest model of the first year to that of the last', () => {
    assert.deepEqual(yearlyGrowth(models), { factor: 2, from: 2018, to: 2022 });
    assert.equal(yearlyGrowth(models.slice(0, 1)), null);
  });
});

describe('the timeline probe', () => {
  it('says of the data what the data say', async () => {
    const { result, report } = await run({});
    assert.equal(result.models.length, MODELS.length);
    const decoders = MODELS.filter(({ family }) => family === 'decoder-only').length;
    assert.match(report.findings[0] ?? '', new RegExp(`${decoders} decoder-only`));
    assert.match(report.findings[1] ?? '', /^Decoder-only models are the majority/);
    const scatter = report.parts.find(({ kind }) => kind === 'scatter');
    const points = scatter?.kind === 'scatter' ? scatter.series.flatMap((series) => series.points) : [];
    assert.equal(points.length, MODELS.filter(({ parameters }) => parameters !== null).length);
  });

  it('filters', async () => {
    assert.equal((await run({ models: 'landmarks' })).result.models.length, 11);
    const { result } = await run({ family: 'encoder-only', from: 2018, to: 2018 });
    assert.deepEqual(
      result.models.map(({ name }) => name),
      ['BERT'],
    );
    const none = await run({ openness: 'service', to: 2017 });
    assert.deepEqual(none.report.findings, ['No model is left: widen the filters.']);
  });
});
