// `dot`: the call graph in Graphviz's language, drawn as pprof draws it (google/pprof internal/graph/dotgraph.go):
// size by flat, colour by cum, width by weight.

import { baseName } from './go-format.js';
import { cumOf, flatOf, weightOf, type GraphEdge, type GraphNode, type Tag } from './graph.js';
import { reportHeader } from './header.js';
import { nameParts } from './nodes.js';
import { dotColor, edgeWidth } from './dot-style.js';
import { numberTags } from './dot-tags.js';
import type { Dialect } from './options.js';
import { byTag, byWeight } from './order.js';
import { formatValue, trimmedGraph, type Report } from './report.js';
import { shortName } from './short-name.js';
import { MAX_NODELETS, type TrimmedGraph } from './trim.js';
import { percentage } from './units.js';

export function dotText(report: Report): string {
  return dotOf(report, trimmedGraph(report));
}

export function dotOf(report: Report, graph: TrimmedGraph): string {
  const main = report.input.mappings[0]?.file;
  const title = main ? baseName(main) : '';
  const lines = [`digraph "${escape(title || 'unnamed')}" {`, 'node [style=filled fillcolor="#f8f8f8"]'];
  const labels = reportHeader(report, graph, true);
  lines.push(
    `subgraph cluster_L { "${escape(labels[0]!)}" [shape=box fontsize=16 ` +
      `label="${labels.map(escape).join('\\l')}\\l"${title === '' ? '' : ` tooltip="${escape(title)}"`}] }`,
  );
  const ids = new Map(graph.nodes.map((node, i) => [node, i + 1]));
  const maxFlat = Math.max(0, ...graph.nodes.map((node) => Math.abs(flatOf(node))));
  const withNodelets = new Set<GraphNode>();
  const edges: GraphEdge[] = [];
  for (const node of graph.nodes) {
    lines.push(nodeLine(report, node, ids.get(node)!, maxFlat));
    const nodelets = nodeletLines(report, node, ids.get(node)!);
    if (nodelets.length > 0) withNodelets.add(node);
    lines.push(...nodelets);
    edges.push(...node.out.values());
  }
  for (const edge of edges.sort(byWeight)) {
    const ends = `N${ids.get(edge.source) ?? 0} -> N${ids.get(edge.target) ?? 0}`;
    lines.push(edgeLine(report, edge, ends, withNodelets.has(edge.source)));
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

/** Font sizes in points: of a node without flat, and how much the largest is larger. */
const FONT_SIZE = 8;
const FONT_GROWTH = 16;

function nodeLine(report: Report, node: GraphNode, id: number, maxFlat: number): string {
  const { total } = report;
  const flat = flatOf(node);
  const cum = cumOf(node);
  const share = (value: number) => percentage(value, total).trim();
  const flatText = formatValue(report, flat);
  const cumText = cum === flat ? flatText : formatValue(report, cum);
  let label = nodeName(node, report.options.dialect) + (flat === 0 ? '0' : `${flatText} (${share(flat)})`);
  if (cum !== flat) label += `${flat === 0 ? ' ' : '\\n'}of ${cumText} (${share(cum)})`;
  let size = FONT_SIZE;
  if (maxFlat !== 0 && flat !== 0 && Math.abs(flat) <= maxFlat) {
    size += Math.ceil(FONT_GROWTH * Math.sqrt(Math.abs(flat) / maxFlat));
  }
  const score = cum / Math.abs(total);
  return (
    `N${id} [label="${label}" id="node${id}" fontsize=${size} shape=box ` +
    `tooltip="${escape(node.label)} (${cumText})" ` +
    `color="${dotColor(score, false)}" fillcolor="${dotColor(score, true)}"]`
  );
}

/** The name over several lines: package, type, method. */
function nodeName(node: GraphNode, dialect: Dialect): string {
  const name = escape(shortName(node.info.name, dialect))
    .replaceAll('::', '\\n')
    // Type parameters stand as "[...]"; their dots do not part names.
    .replaceAll('[...]', '[…]')
    .replaceAll('.', '\\n');
  const file = node.info.file === '' ? '' : escape(baseName(node.info.file));
  return `${nameParts({ ...node.info, name, file }).join('\\n')}\\n`;
}

function nodeletLines(report: Report, node: GraphNode, id: number): string[] {
  // A leaf shows its tags by cum, which includes callees that are not shown.
  const byFlat = node.out.size > 0;
  const lines: string[] = [];
  const texts = [...node.textTags.values()].sort(byTag(byFlat)).slice(0, MAX_NODELETS);
  for (const [i, tag] of texts.entries()) {
    const weight = byFlat ? flatOf(tag) : cumOf(tag);
    if (weight === 0) continue;
    const text = formatValue(report, weight);
    lines.push(
      `N${id}_${i} [label = "${escapeLabel(tag.name)}" id="N${id}_${i}" fontsize=8 shape=box3d tooltip="${text}"]`,
      `N${id} -> N${id}_${i} [label=" ${text}" weight=100 tooltip="${text}" labeltooltip="${text}"]`,
    );
    const numbers = node.numberTags.get(tag.name);
    if (numbers) lines.push(...numberLines(report, [...numbers.values()], byFlat, `N${id}_${i}`));
  }
  const numbers = node.numberTags.get('');
  if (numbers) lines.push(...numberLines(report, [...numbers.values()], byFlat, `N${id}`));
  return lines;
}

function numberLines(report: Report, tags: Tag[], byFlat: boolean, source: string): string[] {
  const lines: string[] = [];
  for (const [i, tag] of numberTags(tags, MAX_NODELETS, byFlat).entries()) {
    const whole = byFlat || flatOf(tag) === cumOf(tag);
    const weight = whole ? flatOf(tag) : cumOf(tag);
    if (weight === 0) continue;
    const text = formatValue(report, weight);
    const style = whole ? '' : ' style="dotted"';
    lines.push(
      `N${source}_${i} [label = "${escapeLabel(tag.name)}" id="N${source}_${i}" fontsize=8 shape=box3d tooltip="${text}"]`,
      `${source} -> N${source}_${i} [label=" ${text}" weight=100 tooltip="${text}" labeltooltip="${text}"${style}]`,
    );
  }
  return lines;
}

function edgeLine(report: Report, edge: GraphEdge, ends: string, spread: boolean): string {
  const { total } = report;
  const weight = weightOf(edge);
  const text = formatValue(report, weight);
  let attributes = `label=" ${text}${edge.inline ? '\\n (inline)' : ''}"`;
  if (total !== 0) {
    const strength = 1 + Math.min(Math.abs(Math.trunc((weight * 100) / total)), 100);
    if (strength > 1) attributes += ` weight=${strength}`;
    const width = edgeWidth(weight, total);
    if (width > 1) attributes += ` penwidth=${width}`;
    attributes += ` color="${dotColor(weight / Math.abs(total), false)}"`;
  }
  const arrow = edge.residual ? '...' : '->';
  const tip = `"${escape(edge.source.label)} ${arrow} ${escape(edge.target.label)} (${text})"`;
  attributes += ` tooltip=${tip} labeltooltip=${tip}`;
  if (edge.residual) attributes += ' style="dotted"';
  // Room for the tags of the caller.
  if (spread) attributes += ' minlen=2';
  return `${ends} [${attributes}]`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\l');
}

/** Names of tags hold line breaks in Graphviz's spelling ("\n") already; a quote would end the text. */
function escapeLabel(text: string): string {
  return text.replaceAll('"', '\\"');
}
