// The nodes of a report: what its granularity holds for one and the same place in the program
// (google/pprof internal/graph NodeInfo).

import { baseName, cleanPath } from './go-format.js';
import type { Frames } from './frames.js';
import { compareText } from './text-order.js';

/** A place in the program; fields that the granularity does not tell apart are empty or 0. */
export interface NodeInfo {
  name: string;
  /** 0n unless addresses are told apart. */
  address: bigint;
  file: string;
  startLine: number;
  line: number;
  column: number;
  /** The binary; only where it is needed to tell nodes apart or to name them. */
  object: string;
}

export interface NodeTable {
  infos: NodeInfo[];
  /** Nodes of location l: nodes[start[l]] (the innermost inlined call) up to nodes[start[l + 1]]. */
  start: Uint32Array;
  nodes: Int32Array;
  /** 1 where a node stands for an inlined call somewhere. */
  inlined: Uint8Array;
}

/**
 * Finds the nodes of every location. `trim` shortens file names; `objects` keeps the binary apart (lists,
 * callgrind).
 */
export function nodesOf(
  frames: Frames,
  trim: (file: string) => string,
  objects: boolean,
  addresses: boolean,
): NodeTable {
  const { input, functions } = frames;
  const infos: NodeInfo[] = [];
  const inlined: number[] = [];
  const locations = frames.lineStart.length;
  const start = new Uint32Array(locations + 1);
  let total = 0;
  for (let l = 0; l < locations; l++) {
    start[l] = total;
    total += Math.max(1, frames.lineEnd[l]! - frames.lineStart[l]!);
  }
  start[locations] = total;
  const nodes = new Int32Array(total);

  // Functions that a report cannot tell apart get one number, so that nodes are found by numbers.
  const files = functions.file.map((file) => (file === '' ? '' : cleanPath(trim(file))));
  const kinds = new Map<string, number>();
  const kindOf = new Int32Array(functions.name.length);
  for (let f = 0; f < kindOf.length; f++) {
    const name = functions.name[f]!;
    const withStart = objects || name === '';
    const file = files[f]!;
    const startLine = withStart ? functions.startLine[f]! : 0;
    const key = file === '' && startLine === 0 ? name : `${name}\0${file}\0${startLine}`;
    let kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, (kind = kinds.size));
    kindOf[f] = kind;
  }
  const objectKinds = new Map<string, number>();
  const objectOf = (location: number): string => {
    const mapping = frames.locationMapping[location]!;
    return mapping < 0 ? '' : input.mappings[mapping]!.file;
  };
  const objectKind = (object: string): number => {
    let kind = objectKinds.get(object);
    if (kind === undefined) objectKinds.set(object, (kind = objectKinds.size));
    return kind;
  };

  const plain = new Int32Array(kinds.size).fill(-1);
  const byLine = new Map<number, number>();
  const byText = new Map<string, number>();
  const add = (info: NodeInfo): number => {
    inlined.push(0);
    return infos.push(info) - 1;
  };
  for (let l = 0; l < locations; l++) {
    const address = addresses && l < input.locationCount ? input.address(l) : 0n;
    const first = frames.lineStart[l]!;
    const last = frames.lineEnd[l]! - 1;
    if (last < first) {
      nodes[start[l]!] = bare(l, address);
      continue;
    }
    for (let k = first; k <= last; k++) {
      const node = frames.lineFunction[k]! < 0 ? bare(l, address) : placed(l, k, address);
      nodes[start[l]! + k - first] = node;
      if (k !== last) inlined[node] = 1;
    }
  }
  return { infos, start, nodes, inlined: Uint8Array.from(inlined) };

  function bare(location: number, address: bigint): number {
    const object = objectOf(location);
    const key = `${address}\0${object}`;
    let node = byText.get(key);
    if (node === undefined) {
      node = add({ name: '', address, file: '', startLine: 0, line: 0, column: 0, object });
      byText.set(key, node);
    }
    return node;
  }

  function placed(location: number, k: number, address: bigint): number {
    const fn = frames.lineFunction[k]!;
    const kind = kindOf[fn]!;
    const line = frames.lineNumber[k]!;
    const column = frames.lineColumn ? frames.lineColumn[k]! : 0;
    const withObject = objects || functions.name[fn] === '';
    const object = withObject ? objectOf(location) : '';
    const info = (): NodeInfo => ({
      name: functions.name[fn]!,
      address,
      file: files[fn]!,
      startLine: withObject ? functions.startLine[fn]! : 0,
      line,
      column,
      object,
    });
    let node: number | undefined;
    if (address === 0n && column === 0 && object === '') {
      if (line === 0) {
        if (plain[kind]! < 0) plain[kind] = add(info());
        return plain[kind]!;
      }
      // Lines below 2^32 and functions below 2^21 share one exact number; others take the text.
      if (line > 0 && line < 2 ** 32 && kind < 2 ** 21) {
        const key = kind * 2 ** 32 + line;
        node = byLine.get(key);
        if (node === undefined) byLine.set(key, (node = add(info())));
        return node;
      }
    }
    const key = `f${kind}\0${address}\0${line}\0${column}\0${objectKind(object)}`;
    node = byText.get(key);
    if (node === undefined) byText.set(key, (node = add(info())));
    return node;
  }
}

/** "0000000000401000 main.grow /src/main.go:12", as far as the parts are known. */
export function printableName(info: NodeInfo): string {
  const parts = nameParts(info);
  return parts.length === 1 ? parts[0]! : parts.join(' ');
}

export function nameParts(info: NodeInfo): string[] {
  const parts: string[] = [];
  if (info.address !== 0n) parts.push(info.address.toString(16).padStart(16, '0'));
  if (info.name !== '') parts.push(info.name);
  if (info.line !== 0) {
    parts.push(`${info.file}:${info.line}${info.column === 0 ? '' : `:${info.column}`}`);
  } else if (info.file !== '') parts.push(info.file);
  else if (info.name !== '') return parts;
  else if (info.object !== '') parts.push(`[${baseName(info.object)}]`);
  else parts.push('<unknown>');
  return parts;
}

/** The last resort of every order: a text of all fields, which no two nodes share. */
export function compareInfos(a: NodeInfo, b: NodeInfo): number {
  return compareText(infoText(a), infoText(b));
}

function infoText(info: NodeInfo): string {
  return `{${info.name}  ${info.address} ${info.file} ${info.startLine} ${info.line} ${info.object}}`;
}
