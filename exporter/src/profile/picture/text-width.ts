// Widths of text in Helvetica, which Graphviz lays out with. A system without it or Arial shows a wider face; told
// the width that was planned, the browser keeps the text within its box.

/** Widths of the characters from space to tilde in thousandths of the font size (Adobe's metrics of Helvetica). */
// prettier-ignore
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
  556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
  556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/** Width of characters beyond ASCII: that of most letters. */
const OTHER = 556;

/** Width of `text` in the unit of `size`. */
export function textWidth(text: string, size: number): number {
  let sum = 0;
  for (const char of text) sum += WIDTHS[char.codePointAt(0)! - 32] ?? OTHER;
  return (sum * size) / 1000;
}
