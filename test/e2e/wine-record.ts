// Records the process list that NtQuerySystemInformation writes under Wine, with what GetProcessMemoryInfo says of the
// same processes, for the unit tests of exporter/src/process-memory.
// Run from the root, after `npm run build`:  npx tsx test/e2e/wine-record.ts

import { writeFileSync } from 'node:fs';
import { startWine } from '../lib/wine.js';
import { readUnderWine } from './wine-reader.js';

const TARGET = new URL('../../exporter/src/process-memory/testdata/wine-process-list.json', import.meta.url);

const wine = await startWine();
try {
  const { list, address, counters } = await readUnderWine(wine);
  writeFileSync(TARGET, `${JSON.stringify({ address, expected: counters, list }, null, 1)}\n`);
} finally {
  await wine.close();
}
