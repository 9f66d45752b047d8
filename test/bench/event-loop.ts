// Whether profiles hold the exporter up: the delays of its event loop while reports on small and large captures are asked
// for over HTTP, several at once, beside its delays while nothing is asked.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordOf } from '../../exporter/src/capture/records.testing.js';
import { LocalStore } from '../../exporter/src/capture/store/local.js';
import { silentLogger } from '../../exporter/src/log.js';
import { temporaryFolder } from '../lib/capture-server.js';
import { waitFor } from '../lib/programs.js';
import { startExporter } from '../lib/stack.js';
import { readProfileFile, type Shape } from './profiles.js';

const MB = 1_000_000;
const SHAPES: readonly Shape[] = ['ordinary', 'distinct'];
const SIZES = [MB, 10 * MB, 50 * MB];
const PATHS = ['top', 'flamegraph', 'callgraph?format=json', 'profiles/heap'];
const AT_ONCE = 4;
const QUIET_MS = 5000;

export interface LoopDelay {
  p99Ms: number;
  maxMs: number;
  /** The most that the thread of the loop computed in one turn; the rest of a delay it waited for a processor. */
  maxComputedMs: number;
}

/** Writes the delays since the last time to a file when it is told to. Linux tells what a thread has computed. */
function watchLoop(file: string): string {
  return `data:text/javascript,${encodeURIComponent(`
import { openSync, readSync, writeFileSync, renameSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const schedstat = openSync('/proc/thread-self/schedstat', 'r');
const text = Buffer.alloc(128);
const computedMs = () => parseInt(text.toString('latin1', 0, readSync(schedstat, text, 0, text.length, 0)), 10) / 1e6;
let before = computedMs();
let maxComputedMs = 0;
setInterval(() => {
  const now = computedMs();
  maxComputedMs = Math.max(maxComputedMs, now - before);
  before = now;
}, 1).unref();
process.on('SIGUSR2', () => {
  const told = { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6, maxComputedMs };
  delay.reset();
  maxComputedMs = 0;
  writeFileSync(${JSON.stringify(`${file}.new`)}, JSON.stringify(told));
  renameSync(${JSON.stringify(`${file}.new`)}, ${JSON.stringify(file)});
});`)}`;
}

/** Delays of the loop of an exporter that nobody asks, and of one that is asked for `asked` reports. */
export async function loopDelays(): Promise<{ quiet: LoopDelay; busy: LoopDelay; asked: number }> {
  // A RAM disk where there is one: the disk is not what is measured.
  const folder = temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const ids: string[] = [];
  const store = new LocalStore({ dir: join(folder.path, 'state'), minFreeBytes: 1, log: silentLogger() });
  await store.open();
  for (const shape of SHAPES) {
    for (const size of SIZES) {
      const bytes = readProfileFile(shape, size);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const record = recordOf({
        id: `${shape}${size}`,
        takenAt: new Date().toISOString(),
        profiles: [{ kind: 'heap', bytes: bytes.length, sha256 }],
      });
      await store.put(record, new Map([['heap', bytes]]));
      ids.push(record.id);
    }
  }
  const told = join(folder.path, 'delays.json');
  const exporter = await startExporter({
    directory: folder.path,
    config: { discovery: { enabled: false } },
    nodeArguments: ['--import', watchLoop(told)],
  });
  let read = '';
  const delays = async (): Promise<LoopDelay> => {
    process.kill(exporter.pid, 'SIGUSR2');
    await waitFor('the delays', () => existsSync(told) && readFileSync(told, 'utf8') !== read);
    read = readFileSync(told, 'utf8');
    return JSON.parse(read) as LoopDelay;
  };
  try {
    await sleep(1000);
    await delays();
    await sleep(QUIET_MS);
    const quiet = await delays();
    const queue = ids.flatMap((id) => PATHS.map((path) => `captures/${id}/${path}`));
    const asked = queue.length;
    const ask = async () => {
      for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
        const response = await fetch(`${exporter.url}/api/v1/${path}`);
        await response.arrayBuffer();
        if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return { quiet, busy: await delays(), asked };
  } finally {
    await exporter.stop();
    folder.remove();
  }
}
