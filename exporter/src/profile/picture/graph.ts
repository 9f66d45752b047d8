// The call graph as a picture, laid out by Graphviz as WebAssembly: nothing has to be installed.

import type { Graphviz } from '@hpcc-js/wasm-graphviz';
import { standaloneSvg, type Theme } from './graph-svg.js';

let loaded: Promise<Graphviz> | undefined;

/** Graphviz, loaded once: that takes longer than most layouts. */
function graphviz(): Promise<Graphviz> {
  return (loaded ??= import('@hpcc-js/wasm-graphviz').then(({ Graphviz }) => Graphviz.load()));
}

/**
 * Calls beyond which curved lines are given up: routing 141 of them among 80 nodes takes Graphviz 2 s and 361 take 15 s,
 * straight lines and a bounded search 0.1 to 0.3 s, and nobody can follow that many curves.
 */
const MAX_CURVED_CALLS = 110;
const BOUNDED_LAYOUT = 'splines=line nslimit=1 nslimit1=1 mclimit=0.3';

/** A sans-serif face reads better at eight points than Graphviz's Times; Graphviz knows its widths under this name. */
const FONT = 'fontname="Helvetica"';

/** Lays a graph in Graphviz's language out as plain SVG, as Graphviz writes it. */
export async function layOut(dot: string): Promise<string> {
  const calls = dot.split('\n').filter((line) => /^N\d+ -> N\d+ \[/.test(line)).length;
  const effort = calls > MAX_CURVED_CALLS ? BOUNDED_LAYOUT : '';
  // Boxes are drawn over the lines that pass behind them.
  const styled = dot.replace(
    '{\n',
    `{\ngraph [${FONT} outputorder=edgesfirst ${effort}]\nnode [${FONT}]\nedge [${FONT}]\n`,
  );
  return (await graphviz()).layout(styled, 'svg', 'dot');
}

/** The call graph as SVG that pans and zooms by itself in a browser. */
export async function graphSvg(dot: string, theme: Theme = 'auto'): Promise<string> {
  return standaloneSvg(await layOut(dot), theme);
}

/** The call graph as one PDF page, in vectors. */
export async function graphPdf(dot: string): Promise<Uint8Array> {
  const svg = await layOut(dot);
  const { svgToPdf } = await import('./pdf.js');
  return svgToPdf(svg);
}
