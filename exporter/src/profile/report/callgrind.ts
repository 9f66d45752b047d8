// `callgrind`: the graph in the format of valgrind's callgrind, which KCachegrind reads
// (https://valgrind.org/docs/manual/cl-format.html), written as pprof writes it.

import { flatOf, type GraphNode } from './graph.js';
import { sortedEdges } from './order.js';
import type { NodeInfo } from './nodes.js';
import { trimmedGraph, type Report } from './report.js';
import { scale } from './units.js';

export function callgrindText(report: Report): string {
  const { nodes } = trimmedGraph(report);
  const names = distinctNames(nodes);
  const scaled = (value: number) => Math.trunc(scale(value, report.sampleUnit, report.outputUnit).value) || 0;
  const lines = ['positions: instr line', `events: ${report.sampleType}(${report.outputUnit})`];
  const objects = new Names();
  const files = new Names();
  const functions = new Names();
  let previous: NodeInfo | undefined;
  for (const node of nodes) {
    const { info } = node;
    if (info.object !== previous?.object || info.file !== previous.file || info.name !== previous.name) {
      lines.push('', `ob=${objects.write(info.object)}`, `fl=${files.write(info.file)}`);
      lines.push(`fn=${functions.write(info.name)}`);
    }
    lines.push(`${position(previous, info.address)} ${info.line} ${scaled(flatOf(node))}`);
    for (const { target, weight } of sortedEdges(node.out)) {
      lines.push(`cfl=${files.write(target.info.file)}`);
      lines.push(`cfn=${functions.write(names.get(target) ?? '')}`);
      lines.push(`calls=0 ${position(previous, target.info.address)} ${target.info.line}`);
      lines.push(`* * ${scaled(weight)}`);
    }
    previous = info;
  }
  return `${lines.join('\n')}\n`;
}

/** "(3) name" the first time, "(3)" after that. */
class Names {
  private readonly known = new Map<string, number>();

  write(name: string): string {
    if (name === '') return '';
    const id = this.known.get(name);
    if (id !== undefined) return `(${id})`;
    this.known.set(name, this.known.size + 1);
    return `(${this.known.size}) ${name}`;
  }
}

/** An address, relative to the previous node where that is shorter. */
function position(previous: NodeInfo | undefined, address: bigint): string {
  const absolute = `0x${address.toString(16)}`;
  if (!previous) return absolute;
  if (previous.address === address) return '*';
  const step = BigInt.asIntN(64, address - previous.address);
  const relative = `${step >= 0n ? '+' : ''}${step}`;
  return relative.length < absolute.length ? relative : absolute;
}

/** Callgrind merges what has one file and name; functions that differ in more than that get a number. */
function distinctNames(nodes: readonly GraphNode[]): Map<GraphNode, string> {
  const byName = new Map<string, Map<string, number>>();
  const keys = nodes.map(({ info }) => [
    `${info.file}\0${info.name}`,
    `${info.object}\0${info.startLine}${info.name === '' && info.file === '' ? `\0${info.address}` : ''}`,
  ]);
  for (const [name, identity] of keys as [string, string][]) {
    let identities = byName.get(name);
    if (!identities) byName.set(name, (identities = new Map<string, number>()));
    if (!identities.has(identity)) identities.set(identity, identities.size);
  }
  const result = new Map<GraphNode, string>();
  for (const [i, node] of nodes.entries()) {
    const [name, identity] = keys[i] as [string, string];
    const identities = byName.get(name)!;
    const suffix = identities.size > 1 ? ` [${identities.get(identity)! + 1}/${identities.size}]` : '';
    result.set(node, node.info.name + suffix);
  }
  return result;
}
