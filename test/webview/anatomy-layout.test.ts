import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { blockDiagram } from '../../src/anatomy/blocks';
import { CATALOGUE } from '../../src/anatomy/catalogue';
import { anatomyFromConfig } from '../../src/anatomy/fromConfig/anatomy';
import { openFolder } from '../../src/anatomy/open';
import type { Anatomy, BlockDiagram, BlockNode } from '../../src/shared/anatomy';
import { FIRST_BOXES, firstExpanded, stageOf } from '../../webview/panels/anatomy/diagram/fold';
import { layoutDiagram } from '../../webview/charts/diagram/layout';
import type { Box, Layout } from '../../webview/charts/diagram/layout';
import { neighbour } from '../../webview/charts/diagram/neighbours';
import { fit, reveal, zoomAt } from '../../webview/charts/diagram/viewport';

const root = join(import.meta.dirname, '../..');
const FOLDERS = ['models', 'test/fixtures/models', 'test/fixtures/exporters'];

const layoutOf = (diagram: BlockDiagram, anatomy: Anatomy, expanded: ReadonlySet<string>): Layout =>
  layoutDiagram(diagram, {
    inside: (node) => {
      const isOpen = stageOf(node, expanded) === 'modules' && node.children;
      return isOpen ? { diagram: node.children as BlockDiagram, stage: 'modules' } : null;
    },
    total: anatomy.parameters,
    measure: (text) => 7.5 * text.length,
  });

const everyId = ({ nodes }: BlockDiagram): string[] =>
  nodes.flatMap((node: BlockNode) => [node.id, ...(node.children ? everyId(node.children) : [])]);

/** Boxes that are side by side in one box may not lie on each other, and none outside of the one around it. */
function checkPlaces({ boxes }: Layout, name: string): void {
  const byKey = new Map(boxes.map((box) => [box.key, box]));
  assert.equal(byKey.size, boxes.length, `${name}: keys are unique`);
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) {
      if (a.parent === b.parent) assert(!overlap(a, b), `${name}: ${a.key} lies on ${b.key}`);
    }
    const parent = a.parent === null ? null : byKey.get(a.parent);
    assert(parent === null || (parent && contains(parent, a)), `${name}: ${a.key} is outside of ${a.parent}`);
  }
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const contains = (out: Box, box: Box) =>
  box.x >= out.x &&
  box.y >= out.y &&
  box.x + box.width <= out.x + out.width + 0.5 &&
  box.y + box.height <= out.y + out.height + 0.5;

/** Data flows down: no line may end above where it starts. */
function checkRoutes({ routes }: Layout, name: string): void {
  for (const { kind, points } of routes) {
    assert(points.length >= 2 && points.flat().every(Number.isFinite), name);
    const [first, last] = [points[0] as [number, number], points.at(-1) as [number, number]];
    if (kind !== 'memory') assert(last[1] > first[1], `${name}: a ${kind} line goes up`);
  }
}

async function check(anatomy: Anatomy, name: string): Promise<void> {
  const diagram = blockDiagram(anatomy);
  const expanded = new Set(firstExpanded(diagram));
  const first = layoutOf(diagram, anatomy, expanded);
  assert(first.boxes.length <= FIRST_BOXES, `${name}: ${first.boxes.length} boxes at first`);
  const all = layoutOf(diagram, anatomy, new Set(everyId(diagram)));
  for (const layout of [first, all]) {
    checkPlaces(layout, name);
    checkRoutes(layout, name);
  }
}

describe('layout of the block diagram', () => {
  test('every bundled model and fixture: at most 20 boxes at first, none on another, lines go down', async () => {
    let models = 0;
    for (const folder of FOLDERS) {
      for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        if (!entry.isDirectory()) continue;
        const opened = await openFolder(join(root, folder, entry.name));
        if (!opened) continue;
        await opened.close();
        await check(opened.anatomy, entry.name);
        models++;
      }
    }
    assert(models >= 60, `${models} models`);
  });

  test('and every model of the catalogue', async () => {
    for (const { id, config } of CATALOGUE) await check(await anatomyFromConfig(id, config), id);
  });

  test('sizes follow parameters, and the encoder stands beside the decoder', async () => {
    const opened = await openFolder(join(root, 'models/pocket-t5'));
    assert(opened);
    await opened.close();
    const { boxes, routes } = layoutOf(blockDiagram(opened.anatomy), opened.anatomy, new Set());
    const box = (id: string) => boxes.find(({ key }) => key === id) as Box;
    assert(box('decoder/block').width > box('encoder/block').width);
    assert(box('encoder/block').x + box('encoder/block').width < box('decoder/block').x);
    const memory = routes.find(({ kind }) => kind === 'memory');
    assert(memory && (memory.points.at(-1)?.[0] as number) === box('decoder/block').x);
  });
});

describe('keys and window', () => {
  const box = (key: string, x: number, y: number): Box => ({
    ...{ key, x, y, width: 100, height: 40, level: 0, parent: null, stage: 'folded', operatorsOf: null },
    node: { id: key, label: key, kind: 'other', parameters: 1, tensors: [] },
  });
  const boxes = [box('top', 0, 0), box('left', -120, 80), box('right', 120, 80), box('bottom', 0, 160)];
  const at = (from: number, direction: 'up' | 'down' | 'left' | 'right') =>
    neighbour(boxes, boxes[from] as Box, direction)?.key ?? null;

  test('arrows lead to the nearest box in their direction', () => {
    assert.equal(at(0, 'down'), 'bottom');
    assert.equal(at(1, 'right'), 'right');
    assert.equal(at(2, 'left'), 'left');
    assert.equal(at(3, 'up'), 'top');
    assert.equal(at(0, 'up'), null);
  });

  test('a small picture is not enlarged, a high one is shown readably from its top', () => {
    assert.equal(fit({ width: 200, height: 100 }, { width: 800, height: 600 }).scale, 1);
    const high = fit({ width: 300, height: 5000 }, { width: 800, height: 600 });
    assert(high.scale >= 0.7 && high.y > 0);
  });

  test('zoom keeps the place under the pointer; what is out of sight is brought in', () => {
    const view = zoomAt({ scale: 1, x: 10, y: 20 }, 2, 110, 220);
    assert.deepEqual(view, { scale: 2, x: -90, y: -180 });
    const shown = reveal(view, { x: 500, y: 500, width: 50, height: 50 }, { width: 400, height: 400 });
    assert(shown.x + 500 * 2 >= 0 && shown.x + 550 * 2 <= 400);
    assert.deepEqual(
      reveal(shown, { x: 500, y: 500, width: 50, height: 50 }, { width: 400, height: 400 }),
      shown,
    );
  });
});
