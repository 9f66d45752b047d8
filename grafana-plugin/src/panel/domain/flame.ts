// Boxes of the flame graph. With a base, a box is as wide as the bytes that changed beneath it: growth plus shrinkage,
// never a share of something else, so what did not change has no width at all.

import type { FlameReport } from '../../api/reports';

export interface FlameBox {
  index: number;
  parent: number;
  level: number;
  label: string;
  /** Left edge and width in the unit of the sample type. */
  left: number;
  width: number;
  /** Change (or bytes in use) of everything beneath; may be negative with a base. */
  value: number;
  self: number;
  /** Bytes that grew and that shrank beneath; `grown + shrunk` is the width. */
  grown: number;
  shrunk: number;
}

export function layoutFlame(report: FlameReport): FlameBox[] {
  const count = report.level.length;
  const selves = report.diff?.growthSelf ?? report.self;
  const values = report.diff?.growth ?? report.value;
  const boxes: FlameBox[] = [];
  const path: number[] = [];
  for (let i = 0; i < count; i++) {
    const level = report.level[i]!;
    path.length = Math.min(path.length, level);
    const self = selves[i]!;
    boxes.push({
      index: i,
      parent: level === 0 ? -1 : (path[level - 1] ?? -1),
      level,
      label: report.label[i]!,
      left: 0,
      width: 0,
      value: values[i]!,
      self,
      grown: Math.max(self, 0),
      shrunk: Math.max(-self, 0),
    });
    path[level] = i;
  }
  for (let i = count - 1; i > 0; i--) {
    const box = boxes[i]!;
    const parent = boxes[box.parent];
    if (!parent) continue;
    parent.grown += box.grown;
    parent.shrunk += box.shrunk;
  }
  const cursor: number[] = [];
  for (const box of boxes) {
    box.width = box.grown + box.shrunk;
    const parent = boxes[box.parent];
    box.left = parent ? (cursor[box.parent] ?? parent.left) : 0;
    cursor[box.index] = box.left;
    if (parent) cursor[box.parent] = box.left + box.width;
  }
  return boxes;
}

/** Boxes below this share of the view cannot be seen or hit. */
const SMALLEST_SHARE = 0.0015;

/** What is visible when one box is stretched over the whole width: it, its callers and what stands beneath. */
export function visibleBoxes(boxes: readonly FlameBox[], focus: number): FlameBox[] {
  const root = boxes[focus];
  if (!root || root.width === 0) return [];
  const ancestors = new Set<number>();
  for (let i = root.parent; i >= 0; i = boxes[i]!.parent) ancestors.add(i);
  return boxes.filter(
    (box) =>
      ancestors.has(box.index) ||
      (box.left >= root.left &&
        box.left + box.width <= root.left + root.width &&
        box.level >= root.level &&
        (box.index === focus || box.index > focus) &&
        box.width / root.width >= SMALLEST_SHARE),
  );
}
