// The call graph as data: nodes and calls as they are drawn.

import { cumOf, flatOf, weightOf } from './graph.js';
import { inlineOf, type Inline } from './top.js';
import { byWeight } from './order.js';
import { trimmedGraph, type Report } from './report.js';
import { percent } from './units.js';

export interface CallGraphNode {
  /** Position in `nodes`, from 0. */
  id: number;
  name: string;
  function: string;
  file: string;
  line: number;
  flat: number;
  flatPercent: number;
  cum: number;
  cumPercent: number;
  inline: Inline;
}

export interface CallGraphEdge {
  /** Ids of caller and callee. */
  from: number;
  to: number;
  weight: number;
  percent: number;
  inline: boolean;
  /** Leads over functions that are not shown. */
  residual: boolean;
}

export interface CallGraph {
  sampleType: string;
  unit: string;
  total: number;
  droppedNodes: number;
  droppedEdges: number;
  /** Functions before their number was limited. */
  matched: number;
  nodes: CallGraphNode[];
  /** Heaviest first. */
  edges: CallGraphEdge[];
}

export function callGraph(report: Report): CallGraph {
  const graph = trimmedGraph(report);
  const { total } = report;
  const ids = new Map(graph.nodes.map((node, id) => [node, id]));
  const nodes = graph.nodes.map((node, id): CallGraphNode => {
    const flat = flatOf(node);
    const cum = cumOf(node);
    return {
      id,
      name: node.label,
      function: node.info.name,
      file: node.info.file,
      line: node.info.line,
      flat,
      flatPercent: percent(flat, total),
      cum,
      cumPercent: percent(cum, total),
      inline: inlineOf(node),
    };
  });
  const edges = graph.nodes
    .flatMap((node) => [...node.out.values()])
    .filter((edge) => ids.has(edge.target))
    .sort(byWeight)
    .map((edge): CallGraphEdge => {
      const weight = weightOf(edge);
      return {
        from: ids.get(edge.source)!,
        to: ids.get(edge.target)!,
        weight,
        percent: percent(weight, total),
        inline: edge.inline,
        residual: edge.residual,
      };
    });
  return {
    sampleType: report.sampleType,
    unit: report.sampleUnit,
    total,
    droppedNodes: graph.droppedNodes,
    droppedEdges: graph.droppedEdges,
    matched: graph.originalCount,
    nodes,
    edges,
  };
}
