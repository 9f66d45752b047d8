// Runs on node.exe: one pass of discovery, and the sizes of the listener tables, as JSON.
// Usage: node wine-discover-probe.mjs URL-OF-exporter/dist FILE
import { writeFileSync } from 'node:fs';

const [dist, file] = process.argv.slice(2);
const { createProcessMemoryReader } = await import(`${dist}/process-memory/index.js`);
const { createDiscoverer } = await import(`${dist}/discovery/index.js`);
const { loadGetTcpTable } = await import(`${dist}/discovery/ports-windows.js`);

const reader = await createProcessMemoryReader();
const discoverer = await createDiscoverer({ reader, probe: true });
const found = await discoverer.discover(await reader.readProcesses());

const getTcpTable = await loadGetTcpTable();
const tables = [2, 23].map((family) => {
  const table = Buffer.alloc(1 << 20);
  const size = [table.length];
  const status = getTcpTable(table, size, family);
  return { family, status, bytes: size[0], rows: table.readUInt32LE(0) };
});
writeFileSync(file, JSON.stringify({ found, tables, unread: discoverer.unread }));
