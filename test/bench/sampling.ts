// One reading of a host with several hundred processes: the exporter's reader against systeminformation's processes()
// and a scrape of Debian's prometheus-process-exporter, interleaved in one run.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import si from 'systeminformation';
import { createProcessMemoryReader } from '../../exporter/src/process-memory/index.js';

const PROCESSES = 500;
const ROUNDS = 9;
/** In every round each way is read again for this long, as an exporter does in steady state. */
const ROUND_MS = 200;
/** What the exporter reads in detail: the targets and the top processes. */
const DETAILED = 20;
const PROCESS_EXPORTER = '/usr/bin/prometheus-process-exporter';
const START_TIMEOUT_MS = 20_000;

export async function run(): Promise<void> {
  if (!existsSync(PROCESS_EXPORTER)) {
    throw new Error('not installed: apt-get install prometheus-process-exporter');
  }
  const folder = mkdtempSync(join(tmpdir(), 'leakline-bench-'));
  const children: ChildProcess[] = [];
  try {
    for (let i = 0; i < PROCESSES; i++) children.push(spawn('/bin/sleep', ['3600'], { stdio: 'ignore' }));
    const config = join(folder, 'all.yml');
    writeFileSync(config, 'process_names:\n  - name: "{{.Comm}}"\n    cmdline: [".+"]\n');
    const scrapeDefault = await startProcessExporter(children, config, []);
    const scrapeLean = await startProcessExporter(children, config, [
      '-gather-smaps=false',
      '-threads=false',
    ]);

    const reader = await createProcessMemoryReader();
    const pids = children.map(({ pid }) => pid!);
    const some = new Set(pids.slice(0, DETAILED));
    const all = new Set(pids);
    let seen = 0;
    const ways: { name: string; read: () => Promise<void>; ms: number[] }[] = [
      ['leakline', async () => void (seen = (await reader.readProcesses()).length)],
      [`leakline, ${DETAILED} in detail`, async () => void (await reader.readProcesses(some))],
      ['leakline, all in detail', async () => void (await reader.readProcesses(all))],
      ['process-exporter, without smaps and threads', scrapeLean],
      ['process-exporter', scrapeDefault],
      ['systeminformation processes()', async () => void (await si.processes())],
    ].map(([name, read]) => ({ name: name as string, read: read as () => Promise<void>, ms: [] }));

    for (let round = 0; round < ROUNDS; round++) {
      for (const { read, ms } of ways) {
        const start = performance.now();
        let reads = 0;
        do {
          await read();
          reads++;
        } while (performance.now() - start < ROUND_MS);
        ms.push((performance.now() - start) / reads);
      }
    }
    // What else runs on the machine only ever adds: the best round is the one it disturbed least.
    const best = ways.map(({ ms }) => Math.min(...ms));
    process.stdout.write(`${seen} processes, best of ${ROUNDS} rounds\n\n`);
    process.stdout.write('| | ms | × leakline |\n|---|---|---|\n');
    ways.forEach(({ name }, i) => {
      const ratio = best[i]! / best[0]!;
      process.stdout.write(`| ${name} | ${best[i]!.toFixed(1)} | ${ratio.toPrecision(3)} |\n`);
    });
    reader.close?.();
  } finally {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Returns one scrape of it. */
async function startProcessExporter(
  children: ChildProcess[],
  config: string,
  flags: string[],
): Promise<() => Promise<void>> {
  const address = `127.0.0.1:${await freePort()}`;
  const args = [`-config.path=${config}`, `-web.listen-address=${address}`, ...flags];
  children.push(spawn(PROCESS_EXPORTER, args, { stdio: 'ignore' }));
  const scrape = async (): Promise<void> => {
    const body = await (await fetch(`http://${address}/metrics`)).text();
    if (!body.includes('namedprocess_namegroup_num_procs'))
      throw new Error('the process exporter shows no processes');
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await scrape();
      return scrape;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
