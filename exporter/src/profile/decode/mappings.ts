// The mappings of a profile: the binaries that its addresses lie in. A handful.

import { checkString } from './checks.js';
import type { Places } from './counts.js';
import { IdIndex } from './id-index.js';
import { MAPPING_HAS, type MappingColumns } from '../profile.js';
import { WIRE, WireReader } from './wire.js';

/** Bit by field number. */
const HAS_OF_FIELD: Record<number, number> = {
  7: MAPPING_HAS.functions,
  8: MAPPING_HAS.filenames,
  9: MAPPING_HAS.lineNumbers,
  10: MAPPING_HAS.inlineFrames,
};

/** Reads the mappings at `places`; their names are checked against the number of strings. */
export function decodeMappings(
  raw: Uint8Array,
  places: Places,
  strings: number,
): { mappings: MappingColumns; ids: IdIndex } {
  const count = places.start.length;
  const ids = new IdIndex('mapping', count);
  const mappings: MappingColumns = {
    count,
    start: new BigUint64Array(count),
    limit: new BigUint64Array(count),
    offset: new BigUint64Array(count),
    file: new Uint32Array(count),
    buildId: new Uint32Array(count),
    has: new Uint8Array(count),
  };
  for (let m = 0; m < count; m++) {
    ids.add(readMapping(new WireReader(raw, places.start[m], places.end[m]), mappings, m));
    checkString(mappings.file[m]!, strings, 'mapping', m);
    checkString(mappings.buildId[m]!, strings, 'mapping', m);
  }
  ids.finish();
  return { mappings, ids };
}

/** Reads one into row m and returns its id. */
function readMapping(reader: WireReader, mappings: MappingColumns, m: number): number {
  const { start, limit, offset, file, buildId, has } = mappings;
  let id = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field > 10) {
      reader.skip();
      continue;
    }
    reader.expect(WIRE.varint);
    if (field === 1) id = reader.unsigned();
    else if (field === 2) start[m] = reader.signedBig();
    else if (field === 3) limit[m] = reader.signedBig();
    else if (field === 4) offset[m] = reader.signedBig();
    else if (field === 5) file[m] = reader.index();
    else if (field === 6) buildId[m] = reader.index();
    else if (reader.unsigned() !== 0) has[m]! |= HAS_OF_FIELD[field]!;
    else has[m]! &= ~HAS_OF_FIELD[field]!;
  }
  return id;
}
