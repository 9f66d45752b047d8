// Colours and widths of the call graph, as pprof draws them (google/pprof internal/graph/dotgraph.go dotColor).

/** How far colours are moved away from grey, to use the whole range. */
const SHIFT = 0.7;
/** Below this share of the total a colour fades into grey. */
const FADE_BELOW = 0.2;
const LINE = { saturation: 1, value: 0.7 };
const BACKGROUND = { saturation: 0.1, value: 0.93 };

/** Green at -1, grey at 0, red at 1: "#b23c00" for lines and text, "#edddd5" for backgrounds. */
export function dotColor(score: number, background: boolean): string {
  const { saturation: full, value } = background ? BACKGROUND : LINE;
  // 0/0 of an empty profile: drawn as Go's conversion of NaN to a byte comes out.
  if (Number.isNaN(score)) return '#000000';
  const limited = Math.max(-1, Math.min(1, score));
  const size = Math.abs(limited);
  const saturation = size < FADE_BELOW ? (full * size) / FADE_BELOW : full;
  const shifted = size ** (1 - SHIFT);
  const faded = value * (1 - saturation * shifted);
  const red = limited < 0 ? faded : value;
  const green = limited < 0 ? value : faded;
  return `#${[red, green, value * (1 - saturation)].map(hexByte).join('')}`;
}

function hexByte(share: number): string {
  return Math.trunc(share * 255)
    .toString(16)
    .padStart(2, '0');
}

/** Widest line of a call, in points. */
const MAX_WIDTH = 5;

export function edgeWidth(weight: number, total: number): number {
  return 1 + Math.min(Math.abs(Math.trunc((weight * MAX_WIDTH) / total)), MAX_WIDTH);
}
