import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rowEntropy } from '../../src/shared/attention';
import {
  colourScale,
  inkOn,
  parseColour,
  relativeLuminance,
  scaleColour,
  scaleIndex,
} from '../../webview/charts/colour';
import type { Rgb } from '../../webview/charts/colour';
import { divergingScale } from '../../webview/charts/difference';
import { headColour } from '../../webview/charts/headColours';
import { farthest } from '../../webview/charts/largest';
import { labelStep, plain, shorten, tokenLabel, visibleText } from '../../webview/charts/labels';
import { labelSteps, layoutMatrix } from '../../webview/charts/matrixLayout';
import { matrixOption } from '../../webview/charts/matrixOption';
import type { MatrixViewport } from '../../webview/charts/matrixOption';
import { maximumWeight, paintBytes, paintWeights, pool } from '../../webview/charts/painter';
import { summarizeRow } from '../../webview/charts/rows';
import type { Theme } from '../../webview/theme';
import { makeSample } from './support/samples';
import { contrastRatio, distance, perceivedLightness, VISION } from './support/vision';

const THEME: Theme = {
  kind: 'dark',
  background: '#1f1f1f',
  foreground: '#cccccc',
  muted: '#9d9d9d',
  border: '#2b2b2b',
  focus: '#0078d4',
  tooltipBackground: '#202020',
  tooltipForeground: '#cccccc',
  tooltipBorder: '#454545',
  fontFamily: 'sans-serif',
  monospace: 'monospace',
  series: ['#3794ff'],
};
const WEIGHTS = { rows: 2, columns: 2, values: Float32Array.of(1, 0, 0.25, 0.75) };

describe('color scale', () => {
  const backgrounds = [
    ['dark', '#1f1f1f'],
    ['dark', '#002b36'],
    ['light', '#ffffff'],
    ['light', '#fdf6e3'],
    ['high-contrast', '#000000'],
    ['high-contrast-light', '#ffffff'],
  ] as const;
  for (const [kind, background] of backgrounds) {
    test(`luminance only ever goes away from the background: ${kind} on ${background}`, () => {
      const scale = colourScale({ kind, background });
      const light = Array.from({ length: 256 }, (_, i) => relativeLuminance(scaleColour(scale, i)));
      const sign = kind === 'dark' || kind === 'high-contrast' ? 1 : -1;
      for (let i = 1; i < 256; i++) {
        const step = sign * ((light[i] as number) - (light[i - 1] as number));
        assert.ok(step >= 0, `step ${i}: ${step}`);
      }
      const [low, high] = [light[0] as number, light[255] as number].sort((a, b) => a - b) as [
        number,
        number,
      ];
      assert.ok((high + 0.05) / (low + 0.05) > 7, 'the ends are far apart');
    });

    test(`ink reads on every color of it: ${kind} on ${background}`, () => {
      const scale = colourScale({ kind, background });
      for (let i = 0; i < 256; i++) {
        const colour = scaleColour(scale, i);
        const ink = inkOn(colour) === '#000000' ? 0 : 1;
        const [low, high] = [relativeLuminance(colour), ink].sort((a, b) => a - b) as [number, number];
        assert.ok((high + 0.05) / (low + 0.05) >= 4.5, `color ${i}`);
      }
    });
  }

  for (const [kind, background] of backgrounds) {
    test(`order and steps survive color blindness and grey: ${kind} on ${background}`, () => {
      const scale = colourScale({ kind, background });
      const sign = kind === 'dark' || kind === 'high-contrast' ? 1 : -1;
      const ground = relativeLuminance(parseColour(background) as Rgb);
      for (const [name, seen] of Object.entries(VISION)) {
        const light = Array.from({ length: 256 }, (_, i) => relativeLuminance(seen(scaleColour(scale, i))));
        const steps = light.filter((_, i) => i % 15 === 0).map(perceivedLightness);
        for (let i = 1; i < steps.length; i++) {
          const step = sign * ((steps[i] as number) - (steps[i - 1] as number));
          assert.ok(step > 1, `${name}, step ${i}: ${step} of L*, less than can be seen side by side`);
        }
        const contrast = contrastRatio(light[255] as number, ground);
        assert.ok(contrast > 7, `${name}: the strongest color has ${contrast} on the background`);
      }
    });

    test(`less and more differ for every eye: ${kind} on ${background}`, () => {
      const scale = divergingScale({ kind, background });
      const ground = relativeLuminance(parseColour(background) as Rgb);
      for (const [name, seen] of Object.entries(VISION)) {
        const [less, more] = [0, 255].map((index) => seen(scaleColour(scale, index))) as [Rgb, Rgb];
        for (const end of [less, more]) assert.ok(contrastRatio(relativeLuminance(end), ground) > 3, name);
        if (name === 'grey') continue; // Only the sign in the read-out and the table tells them apart in grey.
        assert.ok(distance(less, more) > 40, `${name}: ${distance(less, more)}`);
      }
    });

    test(`heads drawn at once differ for every eye: ${kind} on ${background}`, () => {
      const colours = Array.from({ length: 8 }, (_, i) => headColour(i, { kind }));
      for (const [name, seen] of Object.entries(VISION)) {
        if (name === 'grey') continue; // Eight hues do not survive it: heads have their own rows in the table.
        const all = colours.map(seen);
        const ends = all.flatMap((a, i) => all.slice(i + 1).map((b) => distance(a, b)));
        assert.ok(Math.min(...ends) > 8, `${name}: ${Math.min(...ends)}`);
      }
    });
  }

  test('the index follows the square root of the weight and stays inside', () => {
    assert.deepEqual(
      [0, 0.25, 1, 2, -1, NaN].map((weight) => scaleIndex(weight, 1)),
      [0, 128, 255, 255, 0, 0],
    );
    assert.equal(scaleIndex(0.2, 0.8), 128);
    assert.equal(scaleIndex(0.2, 0), 0);
  });

  test('colors as VS Code writes them', () => {
    assert.deepEqual(parseColour('#1e1e1E'), [30, 30, 30]);
    assert.deepEqual(parseColour('#fff'), [255, 255, 255]);
    assert.deepEqual(parseColour('#0a0b0c80'), [10, 11, 12]);
    assert.deepEqual(parseColour('rgba(204, 204, 204, 0.2)'), [204, 204, 204]);
    assert.equal(parseColour('red'), null);
  });
});

describe('painter', () => {
  const scale = colourScale(THEME);

  test('one pixel a weight, in the color of its index', () => {
    const { width, height, rgba } = paintWeights(WEIGHTS, scale, 1, false);
    assert.deepEqual([width, height, rgba.length], [2, 2, 16]);
    const expected = [1, 0, 0.25, 0.75].flatMap((weight) => [
      ...scaleColour(scale, scaleIndex(weight, 1)),
      255,
    ]);
    assert.deepEqual([...rgba], expected);
  });

  test('what a causal query cannot see stays blank; weights there do not', () => {
    const causal = { ...WEIGHTS, values: Float32Array.of(1, 0, 0, 1) };
    assert.deepEqual(alphas(paintWeights(causal, scale, 1, true).rgba), [255, 0, 255, 255]);
    const leaking = { ...WEIGHTS, values: Float32Array.of(0.9, 0.1, 0, 1) };
    assert.deepEqual(alphas(paintWeights(leaking, scale, 1, true).rgba), [255, 255, 255, 255]);
  });

  test('thumbnail bytes: the maximum takes the last color', () => {
    const paint = (bytes: Uint8Array, maximum: number) => {
      const image = { width: 3, data: new Uint8ClampedArray(3 * 3 * 4) };
      paintBytes(bytes, 2, scale, maximum, true, image, { x: 1, y: 1 });
      return (x: number, y: number) => [...image.data.subarray((y * 3 + x) * 4, (y * 3 + x) * 4 + 4)];
    };
    const pixel = paint(Uint8Array.of(0, 50, 100, 200), 100);
    assert.deepEqual(pixel(1, 2), [...scaleColour(scale, 255), 255]);
    assert.deepEqual(pixel(2, 1), [...scaleColour(scale, 128), 255]);
    assert.deepEqual(pixel(2, 2), [...scaleColour(scale, 255), 255]);
    assert.deepEqual(pixel(0, 2), [0, 0, 0, 0], 'beside the corner it was given, nothing');
    const empty = paint(Uint8Array.of(0, 0, 0, 0), 0);
    assert.deepEqual(empty(1, 1), [...scaleColour(scale, 0), 255]);
    assert.deepEqual(empty(2, 1), [0, 0, 0, 0], 'what a causal query cannot see is left out');
  });

  test('the values farthest from zero, the farthest first, zeros left out', () => {
    const values = Float32Array.of(0.1, -0.5, 0, 0.25, -0.25, 0.05);
    assert.deepEqual(farthest(values, 3), [1, 3, 4]);
    assert.deepEqual(farthest(values, 2), [1, 3]);
    assert.deepEqual(farthest(values, 50), [1, 3, 4, 0, 5]);
    assert.deepEqual(farthest(new Float32Array(4), 3), []);
  });

  test('pooling keeps the largest weight of every block', () => {
    const matrix = { rows: 3, columns: 5, values: Float32Array.from({ length: 15 }, (_, i) => i) };
    assert.deepEqual(pool(matrix, 2, 2), {
      rows: 2,
      columns: 3,
      values: Float32Array.of(6, 8, 9, 11, 13, 14),
    });
    assert.equal(pool(matrix, 1, 1), matrix);
  });

  test('maximum', () => {
    assert.equal(maximumWeight(Float32Array.of(0.25, 0.5, 0.125)), 0.5);
    assert.equal(maximumWeight(new Float32Array()), 0);
  });
});

describe('labels', () => {
  test('white space becomes visible, CRLF once', () => {
    assert.equal(visibleText(' a\tb\r\nc\rd\n\u00a0'), '␣a→b↵c↵d↵⍽');
    assert.equal(tokenLabel({ text: '', piece: '▁' }), '▁');
  });

  test('cut between graphemes only', () => {
    assert.equal(shorten('short'), 'short');
    assert.equal(shorten('uncharacteristically'), 'uncharacter…');
    assert.equal(shorten('👩‍👩‍👧‍👦👍🏽é!', 3), '👩‍👩‍👧‍👦👍🏽…');
  });

  test('steps are round numbers that leave room', () => {
    assert.deepEqual(
      [20, 14, 13, 5, 2, 1, 0.5, 0.1].map((band) => labelStep(band, 14)),
      [1, 1, 2, 5, 10, 20, 50, 200],
    );
  });

  test('no token is read as rich text', () => {
    assert.doesNotMatch(plain('{a|b}'), /\{[a-zA-Z0-9_]+\|/);
  });
});

describe('row summary', () => {
  const { weights } = makeSample({
    text: 'one two three four five six seven eight nine ten',
    family: 'decoder-only',
  });
  const size = 11;
  const head = {
    kind: 'decoder' as const,
    layer: 1,
    head: 2,
    queries: size,
    keys: size,
    weights: weights({ kind: 'decoder', layer: 1, head: 2 }),
  };

  test('top keys descend, the rest adds up to 1, entropy is the row’s', () => {
    const query = 10;
    const row = head.weights.subarray(query * size, (query + 1) * size);
    const { top, restCount, restSum, entropy, maxEntropy } = summarizeRow(head, query, 8);
    assert.deepEqual(
      top.map(({ weight }) => weight),
      [...row].sort((a, b) => b - a).slice(0, 8),
    );
    for (const { key, weight } of top) assert.equal(weight, row[key]);
    assert.equal(restCount, 3);
    assert.ok(Math.abs(restSum + top.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-6);
    assert.equal(entropy, rowEntropy(row));
    assert.equal(maxEntropy, Math.log2(11));
  });

  test('a causal query has no more keys than itself and those before it', () => {
    const { top, restCount, maxEntropy } = summarizeRow(head, 2, 8);
    assert.deepEqual(top.map(({ key }) => key).sort(), [0, 1, 2]);
    assert.equal(restCount, 0);
    assert.equal(maxEntropy, Math.log2(3));
  });
});

describe('matrix layout', () => {
  const labels = { queryLabel: 60, keyLabel: 60 };

  test('square matrices have square cells and stay inside width and height', () => {
    const layout = layoutMatrix({ queries: 12, keys: 12, ...labels }, 640, 600);
    assert.equal(layout.width, layout.height);
    assert.ok(layout.left + layout.width <= 640);
    assert.ok(layout.top + layout.height <= layout.canvasHeight);
    assert.equal(layoutMatrix({ queries: 512, keys: 512, ...labels }, 2000, 600).height, 600);
  });

  test('narrow and oblong ones still fit', () => {
    for (const [queries, keys] of [
      [1, 1],
      [2, 300],
      [300, 2],
      [512, 512],
    ] as const) {
      const layout = layoutMatrix({ queries, keys, ...labels }, 320, 600);
      assert.ok(layout.width > 0 && layout.height > 0);
      assert.ok(layout.left + layout.width <= 320, `${queries} by ${keys}`);
      assert.ok(layout.height <= 600, `${queries} by ${keys}`);
    }
  });

  test('key labels stand up when they do not fit side by side', () => {
    assert.equal(layoutMatrix({ queries: 4, keys: 4, queryLabel: 20, keyLabel: 20 }, 640, 600).keyRotate, 0);
    assert.equal(
      layoutMatrix({ queries: 64, keys: 64, queryLabel: 60, keyLabel: 60 }, 640, 600).keyRotate,
      90,
    );
  });

  test('fewer cells in sight, more labels', () => {
    const layout = layoutMatrix({ queries: 512, keys: 512, ...labels }, 640, 600);
    assert.ok(labelSteps(layout, 512, 512, 60).key > 1);
    assert.deepEqual(labelSteps(layout, 10, 10, 60), { query: 1, key: 1 });
  });
});

describe('matrix option', () => {
  const layout = layoutMatrix({ queries: 2, keys: 2, queryLabel: 20, keyLabel: 20 }, 400, 400);
  const seen: MatrixViewport[] = [];
  const option = matrixOption(
    {
      weights: WEIGHTS,
      maximum: 1,
      masked: false,
      scale: colourScale(THEME),
      queries: { name: 'Query', labels: ['a', 'b'], dim: [false, true], step: 1 },
      keys: { name: 'Key', labels: ['a', 'b'], dim: [false, true], step: 2 },
      layout,
      image: (view) => (seen.push(view), {} as CanvasImageSource),
      describe: () => 'told',
    },
    THEME,
  ) as Record<string, unknown>;

  test('one item draws all weights; no animation, no HTML tooltip', () => {
    const [series] = option.series as { type: string; data: unknown[] }[];
    assert.equal(series?.type, 'custom');
    assert.equal(series?.data.length, 1);
    assert.equal(option.animation, false);
    const { renderMode, formatter } = option.tooltip as { renderMode: string; formatter(): string };
    assert.equal(renderMode, 'richText');
    assert.equal(formatter(), 'told');
  });

  test('axes show every n-th token, special ones muted', () => {
    interface Axis {
      data: string[];
      inverse?: boolean;
      axisLabel: { interval(i: number): boolean; formatter(i: string): string; color(i: string): string };
    }
    const x = option.xAxis as Axis;
    const y = option.yAxis as Axis;
    assert.deepEqual(
      [0, 1].map((i) => x.axisLabel.interval(i)),
      [true, false],
    );
    assert.deepEqual(
      y.data.map((i) => y.axisLabel.formatter(i)),
      ['a', 'b'],
    );
    assert.deepEqual(
      y.data.map((i) => y.axisLabel.color(i)),
      [THEME.foreground, THEME.muted],
    );
    assert.equal(y.inverse, true);
  });

  test('the picture covers the axes and large cells show their weights', () => {
    const [series] = option.series as {
      renderItem(params: object, api: object): { children: { type: string; style: { text?: string } }[] };
    }[];
    const area = { x: 50, y: 60, width: 100, height: 80 };
    const group = series?.renderItem(
      { coordSys: area },
      { size: () => [50, 40], coord: ([x, y]: [number, number]) => [75 + 50 * x, 80 + 40 * y] },
    );
    assert.deepEqual(seen, [{ row: 0, rows: 2, column: 0, columns: 2, ...area }]);
    assert.deepEqual(
      group?.children.map(({ type }) => type),
      ['image', 'rect', 'text', 'text', 'text', 'text'],
    );
    assert.deepEqual(
      group?.children.slice(2).map(({ style }) => style.text),
      ['1.0000', '0.0000', '0.2500', '0.7500'],
    );
  });
});

const alphas = (rgba: Uint8ClampedArray) => [...rgba].filter((_, i) => i % 4 === 3);
