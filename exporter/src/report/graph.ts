// The call graph in a report: laid out by Graphviz, then made fit for a page or for print. Graphviz writes names as
// text; links, which a graph in its language may hold, are taken out.

import { fitText } from '../profile/picture/graph-svg.js';
import { layOut } from '../profile/picture/graph.js';

/** Boxes keep the hue of their border on a dark page; letters and thin lines turn light. */
const DARK_RULES = `.graph text{fill:var(--ink)}
.graph .cluster polygon{stroke:var(--muted)}
.graph .node polygon,.graph .node path{fill-opacity:.14}
.graph [stroke=black]{stroke:var(--muted)}
.graph .edge [fill=black]{fill:var(--muted)}
.graph .edge path,.graph .edge polygon,.graph .node polygon{filter:brightness(1.35)}`.replaceAll('\n', '');

export const GRAPH_STYLE = `.graph .graph>polygon{fill:none}@media screen and (prefers-color-scheme:dark){${DARK_RULES}}`;

export interface LaidOutGraph {
  /** A whole SVG element without links, scripts or styles. */
  svg: string;
  /** In points. */
  width: number;
  height: number;
}

/** Undefined where Graphviz cannot lay it out. */
export async function graphLayout(dot: string): Promise<LaidOutGraph | undefined> {
  let laidOut: string;
  try {
    laidOut = await layOut(dot);
  } catch {
    return undefined;
  }
  const open = /<svg\s[^>]*viewBox="\S+ \S+ ([\d.]+) ([\d.]+)"[^>]*>/.exec(laidOut);
  if (!open) return undefined;
  const [width, height] = [Number(open[1]), Number(open[2])];
  const body = laidOut
    .slice(open.index + open[0].length)
    .replace(/<\/svg>\s*$/, '')
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .replace(/<\/?a\b[^>]*>\n?/g, '');
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img" aria-label="Call graph">${body}</svg>`;
  return { svg, width, height };
}

/** For a page, whose faces are wider than those that Graphviz planned with. */
export async function inlineGraph(dot: string): Promise<string | undefined> {
  const graph = await graphLayout(dot);
  return graph && fitText(graph.svg);
}
