// The functions of a profile. A record as nearly all writers make it, of numbers of up to three bytes, is read without a
// call; any other field by field.

import { checkString } from './checks.js';
import type { Places } from './counts.js';
import { IdIndex } from './id-index.js';
import type { FunctionColumns } from '../profile.js';
import { WIRE, WireReader } from './wire.js';

/** Field numbers, and their tags with a number. */
const FIELD = { id: 1, name: 2, systemName: 3, file: 4, startLine: 5 } as const;
const TAG = { id: 0x08, name: 0x10, systemName: 0x18, file: 0x20, startLine: 0x28 } as const;

/** Reads the functions at `places`; their names are checked against the number of strings. */
export function decodeFunctions(
  raw: Uint8Array,
  places: Places,
  strings: number,
): { functions: FunctionColumns; ids: IdIndex } {
  const count = places.start.length;
  const ids = new IdIndex('function', count);
  const names = new Uint32Array(count);
  const systemNames = new Uint32Array(count);
  const files = new Uint32Array(count);
  const startLines = new Float64Array(count);
  for (let f = 0; f < count; f++) {
    const end = places.end[f]!;
    let position = places.start[f]!;
    let id = 0;
    let name = 0;
    let systemName = 0;
    let file = 0;
    let startLine = 0;
    while (position < end) {
      const tag = raw[position]!;
      let value = raw[position + 1]!;
      let next = position + 2;
      if (value >= 0x80) {
        const second = raw[next++]!;
        value = (value & 0x7f) | ((second & 0x7f) << 7);
        if (second >= 0x80) {
          const third = raw[next++]!;
          if (third >= 0x80) break;
          value |= third << 14;
        }
      }
      if (tag === TAG.id) id = value;
      else if (tag === TAG.name) name = value;
      else if (tag === TAG.systemName) systemName = value;
      else if (tag === TAG.file) file = value;
      else if (tag === TAG.startLine) startLine = value;
      else break;
      position = next;
    }
    if (position !== end) {
      ({ id, name, systemName, file, startLine } = readAny(new WireReader(raw, places.start[f], end)));
    }
    ids.add(id);
    names[f] = checkString(name, strings, 'function', f);
    systemNames[f] = checkString(systemName, strings, 'function', f);
    files[f] = checkString(file, strings, 'function', f);
    startLines[f] = startLine;
  }
  ids.finish();
  return {
    functions: { count, name: names, systemName: systemNames, file: files, startLine: startLines },
    ids,
  };
}

function readAny(reader: WireReader): Record<keyof typeof FIELD, number> {
  const fields = { id: 0, name: 0, systemName: 0, file: 0, startLine: 0 };
  while (reader.next()) {
    const { field } = reader;
    if (field > FIELD.startLine) {
      reader.skip();
      continue;
    }
    reader.expect(WIRE.varint);
    if (field === FIELD.startLine) fields.startLine = reader.signed();
    else if (field === FIELD.id) fields.id = reader.unsigned();
    else if (field === FIELD.name) fields.name = reader.unsigned();
    else if (field === FIELD.systemName) fields.systemName = reader.unsigned();
    else fields.file = reader.unsigned();
  }
  return fields;
}
