import { expect, it } from 'vitest';
import type { FlameReport } from '../../api/reports';
import { layoutFlame, visibleBoxes } from './flame';

// total → main → (grow 300, same 50, shrink -100)
const report: FlameReport = {
  sampleType: 'inuse_space',
  unit: 'bytes',
  level: [0, 1, 2, 2, 2],
  value: [450, 450, 400, 50, 0],
  self: [0, 0, 400, 50, 0],
  label: ['total', 'main', 'grow', 'same', 'shrink'],
  diff: { growth: [200, 200, 300, 0, -100], growthSelf: [0, 0, 300, 0, -100] },
};

it('gives boxes the width of the bytes that changed: what did not change has none', () => {
  const boxes = layoutFlame(report);
  expect(boxes.map(({ label, left, width, grown, shrunk }) => [label, left, width, grown, shrunk])).toEqual([
    ['total', 0, 400, 300, 100],
    ['main', 0, 400, 300, 100],
    ['grow', 0, 300, 300, 0],
    ['same', 300, 0, 0, 0],
    ['shrink', 300, 100, 0, 100],
  ]);
});

it('without a base, gives them the width of the bytes in use', () => {
  const { diff: _, ...now } = report;
  expect(layoutFlame(now).map(({ width }) => width)).toEqual([450, 450, 400, 50, 0]);
});

it('shows a box with its callers and what stands beneath, and leaves out what cannot be seen', () => {
  const boxes = layoutFlame(report);
  const labels = (focus: number): string[] => visibleBoxes(boxes, focus).map(({ label }) => label);
  expect(labels(0)).toEqual(['total', 'main', 'grow', 'shrink']);
  expect(labels(2)).toEqual(['total', 'main', 'grow']);
  expect(labels(4)).toEqual(['total', 'main', 'shrink']);
  expect(labels(99)).toEqual([]);
});
