// leakline discover: the Go processes of this host, as a table or as JSON.

import Table from 'cli-table3';
import { Command } from 'commander';
import { createDiscoverer, type DiscoveredProcess, type UnreadProcess } from '../discovery/index.js';
import { formatBytes } from '../format.js';
import { createProcessMemoryReader, type ProcessReading } from '../process-memory/index.js';

export interface DiscoverFound {
  processCount: number;
  found: (DiscoveredProcess & { reading: ProcessReading | undefined })[];
  unread: UnreadProcess[];
  probed: boolean;
}

export function discoverCommand(): Command {
  return new Command('discover')
    .description('list the Go processes of this host: version, module, pprof address')
    .option('--json', 'print JSON')
    .option('--no-probe', 'ask no process whether it serves pprof')
    .action(async (options: { json?: boolean; probe: boolean }) => {
      const result = await discoverOnce(options.probe);
      process.stdout.write(options.json === true ? discoverJson(result) : discoverText(result));
    });
}

/** One pass over this host. */
async function discoverOnce(probe: boolean): Promise<DiscoverFound> {
  const reader = await createProcessMemoryReader();
  try {
    const discoverer = await createDiscoverer({ reader, probe });
    const processes = await reader.readProcesses();
    const found = await discoverer.discover(processes);
    const detailed = await reader.readProcesses(new Set(found.map(({ pid }) => pid)));
    return {
      processCount: processes.length,
      found: found.map((each) => ({
        ...each,
        reading: detailed.find(
          ({ pid, startedAtMs }) => pid === each.pid && startedAtMs === each.startedAtMs,
        ),
      })),
      unread: discoverer.unread,
      probed: probe,
    };
  } finally {
    reader.close?.();
  }
}

export function discoverJson({ found }: DiscoverFound): string {
  const items = found.map(({ reading, go, startedAtMs, ...process }) => ({
    ...process,
    startedAt: new Date(startedAtMs).toISOString(),
    ...go,
    privateWorkingSetBytes: reading?.privateWorkingSetBytes,
    workingSetBytes: reading?.workingSetBytes,
    commitBytes: reading?.commitBytes,
  }));
  return `${JSON.stringify({ items, next: null }, undefined, 2)}\n`;
}

export function discoverText({ found, processCount, unread, probed }: DiscoverFound): string {
  const lines: string[] = [];
  if (found.length > 0) lines.push(tableOf(found), '');
  else lines.push(`No Go process among the ${processCount} processes that this user sees.`);

  const denied = unread.filter(({ reason }) => reason === 'denied').length;
  if (denied > 0) {
    const who = process.platform === 'win32' ? 'as Administrator' : 'as root';
    const advice = process.getuid?.() === 0 ? ', not even by root.' : `; run ${who} to see more.`;
    lines.push(`${count(denied, 'process', 'processes')} could not be looked into${advice}`);
  }
  const silent = found.filter(({ pprofUrl }) => pprofUrl === undefined).length;
  if (silent > 0 && probed) {
    lines.push(
      `${count(silent, 'process serves', 'processes serve')} no pprof on loopback. To profile one, import ` +
        '_ "net/http/pprof" and listen on 127.0.0.1:6060, or name its address in leakline.yml (targets: pprof).',
    );
  }
  if (!probed && found.length > 0) lines.push('Nobody was asked for pprof (--no-probe).');
  return `${lines.join('\n').trimEnd()}\n`;
}

function tableOf(found: DiscoverFound['found']): string {
  const table = new Table({
    head: ['NAME', 'PID', 'GO', 'MODULE', 'VERSION', 'MEMORY', 'PPROF'],
    colAligns: ['left', 'right', 'left', 'left', 'left', 'right', 'left'],
    // Columns of plain text: they can be cut, sorted and pasted.
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const { name, pid, go, pprofUrl, reading } of found) {
    const bytes = reading?.privateWorkingSetBytes ?? reading?.workingSetBytes;
    table.push([
      name,
      pid,
      (go.goVersion ?? '').replace(/^go/, ''),
      go.module ?? '-',
      go.moduleVersion ?? '-',
      bytes === undefined ? '-' : formatBytes(bytes),
      pprofUrl ?? '-',
    ]);
  }
  const lines = table.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

const PLAIN = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
