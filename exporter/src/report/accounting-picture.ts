// Whose memory it is, as stacked bars: at the beginning and at the end, on one scale.

import { formatBytes } from '../format.js';
import { MEMORY_PARTS } from '../signals.js';
import type { ReportAccounting, ReportAccountingAt } from './model.js';
import { labelWidth, type Picture, type Shape } from './picture.js';
import { PART_WORDS } from './words.js';

const WIDTH = 720;
const BAR = 26;
const ROW = 50;
const LEFT = 62;
const RIGHT = 74;
const FONT = 10.5;

export function accountingPicture({ first, last }: ReportAccounting): Picture {
  const rows: [string, ReportAccountingAt][] = [
    ...(first ? [['before', first] as [string, ReportAccountingAt]] : []),
    [first ? 'now' : '', last],
  ];
  const most = Math.max(1, ...rows.map(([, at]) => at.totalBytes));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const shapes: Shape[] = [];
  rows.forEach(([name, at], row) => {
    const y = row * ROW + 16;
    shapes.push({
      kind: 'text',
      x: LEFT - 8,
      y: y + BAR / 2 + 4,
      text: name,
      size: FONT,
      fill: 'muted',
      anchor: 'end',
    });
    let x = LEFT;
    let labelEnd = LEFT - 6;
    for (const part of MEMORY_PARTS) {
      const bytes = at.parts[part] ?? 0;
      if (bytes <= 0) continue;
      const width = bytes * scale;
      const title = `${PART_WORDS[part]} ${formatBytes(bytes)}`;
      shapes.push({ kind: 'rect', x, y, width: Math.max(0.5, width - 0.8), height: BAR, fill: part, title });
      // A name stands above its bar where there is room for it.
      const label = labelWidth(title, FONT) <= width + 30 ? title : PART_WORDS[part];
      if (
        width > 14 &&
        x >= labelEnd + 6 &&
        x + labelWidth(label, FONT) < WIDTH &&
        labelWidth(label, FONT) <= width + 30
      ) {
        shapes.push({ kind: 'text', x, y: y - 5, text: label, size: FONT, fill: 'ink' });
        labelEnd = x + labelWidth(label, FONT);
      }
      x += width;
    }
    const total = formatBytes(at.totalBytes);
    shapes.push({
      kind: 'text',
      x: x + 8,
      y: y + BAR / 2 + 4,
      text: total,
      size: FONT,
      fill: 'ink',
      bold: true,
    });
  });
  return {
    width: WIDTH,
    height: (rows.length - 1) * ROW + 16 + BAR + 6,
    description: 'Memory by part',
    shapes,
  };
}
