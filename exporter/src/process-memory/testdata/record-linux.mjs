// Records a Linux host as linux-host.json: what /proc shows of a few hundred processes started for it, of a zombie and
// of the kernel's threads, and what ps says of the same processes at the same moment.
// Run on Linux, from this folder:  node record-linux.mjs
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAMES = ['orders-api', 'a-service-with-a-long-name', 'odd ) (name', 'worker', 'cache-warmer-sidecar'];
const COUNT = 400;
const DETAILED = 8;

const folder = mkdtempSync(join(tmpdir(), 'record-'));
for (const name of NAMES) copyFileSync('/bin/sleep', join(folder, name));
const children = [];
for (let i = 0; i < COUNT; i++) {
  children.push(spawn(join(folder, NAMES[i % NAMES.length]), ['300'], { stdio: 'ignore' }));
}
// The shell becomes a sleep that never reaps the child it inherited.
const parent = spawn('/bin/sh', ['-c', 'true & exec sleep 300'], { stdio: 'ignore' });
await sleep(2000);

const tree = {};
const clean = (text) => text.replaceAll(folder, '/usr/local/bin');
const record = (path) => (tree[path.slice(1)] = clean(readFileSync(path, 'utf8')));

record('/proc/stat');
record('/proc/meminfo');
record('/proc/vmstat');
tree['proc/self/auxv'] = { base64: readFileSync('/proc/self/auxv').toString('base64') };

const pids = [...children.map((child) => child.pid), parent.pid];
for (const pid of pids) for (const file of ['stat', 'statm']) record(`/proc/${pid}/${file}`);
for (const pid of pids.slice(0, DETAILED)) {
  for (const file of ['status', 'smaps_rollup', 'cmdline']) record(`/proc/${pid}/${file}`);
  tree[`proc/${pid}/exe`] = { link: clean(readlinkSync(`/proc/${pid}/exe`)) };
  for (const fd of readdirSync(`/proc/${pid}/fd`)) tree[`proc/${pid}/fd/${fd}`] = '';
}
// Kernel threads and the zombie have no address space.
const withoutMemory = [];
for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kernel = ppid === '2' || entry === '2';
    if (!kernel && !(state === 'Z' && Number(ppid) === parent.pid)) continue;
    for (const file of ['stat', 'statm']) record(`/proc/${entry}/${file}`);
    withoutMemory.push({ pid: Number(entry), state, kernel });
  } catch {
    // Gone meanwhile.
  }
}
const columns = ['pid', 'ppid', 'rss', 'vsz', 'nlwp', 'min_flt', 'maj_flt'];
const ps = execFileSync('ps', ['-o', columns.map((name) => `${name}=`).join(','), '-p', pids.join(',')], {
  encoding: 'utf8',
});
const rows = ps
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/).map(Number));

for (const child of [...children, parent]) child.kill();
rmSync(folder, { recursive: true });
const name = (pid) => NAMES[children.findIndex((child) => child.pid === pid) % NAMES.length] ?? 'sleep';
const expected = rows.map(([pid, ppid, rssKb, vszKb, threads, minorFaults, majorFaults]) => ({
  pid,
  parentPid: ppid,
  name: pids.indexOf(pid) < DETAILED || name(pid).length < 15 ? name(pid) : name(pid).slice(0, 15),
  rssKb,
  vszKb,
  threads,
  minorFaults,
  majorFaults,
}));
writeFileSync(
  new URL('linux-host.json', import.meta.url),
  JSON.stringify({ detailed: pids.slice(0, DETAILED), expected, withoutMemory, tree }, null, 1) + '\n',
);
