// How long a profile takes, beside what is asked: `leakline pprof top` in a new process with `go tool pprof -top` and
// pprof-format with a plain loop, a warm thread, growth over 20 captures, the picture of a call graph, and whether the
// exporter is held up meanwhile. Run after a build.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { encodeProfile } from '../../exporter/src/profile/encode.js';
import { ProfileWorkers } from '../../exporter/src/profile/workers.js';
import { goToolchains } from '../lib/go.js';
import { loopDelays } from './event-loop.js';
import { makeProfile, profileFile, readProfileFile, type Shape } from './profiles.js';

const MB = 1_000_000;
/** What a service writes, and a hard case: no two stacks have much in common. */
const SHAPES: Shape[] = ['ordinary', 'distinct'];
/** go tool pprof takes minutes for the largest; it is measured up to here unless BENCH_FULL is set. */
const MAX_BYTES_OF_GO = process.env['BENCH_FULL'] ? Infinity : MB;
const MAX_BYTES_OF_REFERENCE = process.env['BENCH_FULL'] ? Infinity : 10 * MB;

/** What is asked, for a machine on which node alone starts in 58 ms. */
const ASKED = {
  newProcessMs: new Map([
    [MB, 150],
    [10 * MB, 450],
    [50 * MB, 1500],
  ]),
  timesFasterThanGo: 10,
  peakMiB: new Map([[10 * MB, 200]]),
  warmMs: new Map([
    [16_000, 0.5],
    [MB, 20],
  ]),
  timesFasterThanReference: 5,
  growthMs: 600,
  svgMs: 1000,
  loopDelayMs: 10,
} as const;

const CLI = fileURLToPath(new URL('../../exporter/bin/leakline.js', import.meta.url));
const PLAIN_LOOP = fileURLToPath(new URL('./profile-plain-loop.mjs', import.meta.url));
/** Tells the largest memory of a process at its end; maxRSS may begin with what the parent held when it forked. */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(`
import { readFileSync } from 'node:fs';
process.on('exit', () => {
  const own = process.platform === 'linux' && /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  console.error('peak ' + Math.round(Number(own ? own[1] : process.resourceUsage().maxRSS) / 1024));
});`)}`;

function fastestRun(command: string, args: string[], runs: number): number {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    best = Math.min(best, performance.now() - start);
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  }
  return best;
}

function peakMiB(args: string[]): number {
  const { stderr } = spawnSync(process.execPath, ['--import', TELL_PEAK, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
}

const WIDTHS = [10, 10, 10, 12, 9, 9, 7, 14, 11, 13, 6];
const row = (...cells: (string | number | undefined)[]) =>
  process.stdout.write(`${cells.map((cell, i) => String(cell ?? '-').padStart(WIDTHS[i]!)).join(' ')}\n`);
const ms = (value: number | undefined) =>
  value === undefined ? undefined : value < 10 ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} ms`;
const size = (bytes: number) =>
  bytes < MB ? `${(bytes / 1000).toFixed(0)} KB` : `${(bytes / MB).toFixed(1)} MB`;
const times = (value: number | undefined) => (value === undefined ? undefined : `${value.toFixed(1)} x`);

function newProcess(): void {
  const go = goToolchains().at(-1);
  const alone = fastestRun(process.execPath, ['-e', '0'], 5);
  process.stdout.write(
    `In a new process; node alone takes ${ms(alone)} here, 58 ms where the figures were asked\n`,
  );
  row(
    'shape',
    'gzip',
    'raw',
    'leakline',
    'asked',
    'peak MiB',
    'asked',
    'pprof-format',
    'go pprof',
    'go/leakline',
    'asked',
  );
  for (const shape of SHAPES) {
    for (const bytes of [80_000, MB, 10 * MB, 50 * MB]) {
      const file = profileFile(shape, bytes);
      const compressed = readProfileFile(shape, bytes);
      const ours = fastestRun(process.execPath, [CLI, 'pprof', 'top', file], bytes > 10 * MB ? 2 : 5);
      const reference =
        bytes <= MAX_BYTES_OF_REFERENCE ? fastestRun(process.execPath, [PLAIN_LOOP, file], 1) : undefined;
      const theirs =
        go && bytes <= MAX_BYTES_OF_GO ? fastestRun(go.path, ['tool', 'pprof', '-top', file], 1) : undefined;
      row(
        shape,
        size(compressed.length),
        size(gunzipSync(compressed).length),
        ms(ours),
        ms(ASKED.newProcessMs.get(bytes)),
        peakMiB([CLI, 'pprof', 'top', file]),
        ASKED.peakMiB.get(bytes),
        ms(reference),
        ms(theirs),
        times(theirs === undefined ? undefined : theirs / ours),
        bytes >= MB ? times(ASKED.timesFasterThanGo) : undefined,
      );
    }
  }
}

async function fastest(runs: number, task: () => Promise<unknown> | unknown): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await task();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Flat by function with pprof-format and a plain loop. */
function plainTop(input: Uint8Array): Map<string, number> {
  const profile = Profile.decode(gunzipSync(input));
  const functions = new Map(profile.function.map((f) => [f.id, f]));
  const locations = new Map(profile.location.map((l) => [l.id, l]));
  const flat = new Map<string, number>();
  for (const { locationId, value } of profile.sample) {
    const { functionId } = locations.get(locationId[0]!)!.line[0]!;
    const name = profile.stringTable.strings[Number(functions.get(functionId)!.name)]!;
    flat.set(name, (flat.get(name) ?? 0) + Number(value.at(-1)));
  }
  return flat;
}

/** The ten largest, as the plain loop beside it finds them, and all functions, as the API sends them. */
const TOPS = [
  { name: 'ten', options: { nodeCount: 10 } },
  { name: 'all', options: {} },
];

async function warm(workers: ProfileWorkers): Promise<void> {
  process.stdout.write(
    '\nIn a warm thread: top, the ten largest functions or all, as the body of an answer\n',
  );
  row('shape', 'gzip', 'functions', 'leakline', 'asked', '', '', 'pprof-format', '', 'ratio', 'asked');
  for (const shape of SHAPES) {
    for (const bytes of [16_000, MB]) {
      const input = readProfileFile(shape, bytes);
      const runs = bytes < MB ? 500 : 40;
      const theirs = await fastest(Math.ceil(runs / 10), () => plainTop(input));
      for (const { name, options } of TOPS) {
        const ours = await fastest(runs, () =>
          workers.run('reportBody', [input], { kind: 'top', baseCount: 0, options, sourceRoots: [] }),
        );
        row(
          shape,
          size(input.length),
          name,
          ms(ours),
          ms(ASKED.warmMs.get(bytes)),
          '',
          '',
          ms(theirs),
          '',
          times(theirs / ours),
          times(ASKED.timesFasterThanReference),
        );
      }
    }
  }
}

async function growth(workers: ProfileWorkers): Promise<void> {
  process.stdout.write('\nGrowth over 20 captures\n');
  row('shape', 'gzip each', '', 'leakline', 'asked');
  for (const shape of SHAPES) {
    // About 1 MB each.
    const samples = shape === 'ordinary' ? 33_000 : 18_000;
    const inputs = Array.from({ length: 20 }, (_, i) => encodeProfile(makeProfile(shape, samples, i + 1)));
    const captures = inputs.map((_, i) => ({ takenAtMs: i * 30_000 }));
    const took = await fastest(4, () => workers.run('growth', inputs, { captures }));
    row(shape, size(inputs[0]!.length), '', ms(took), ms(ASKED.growthMs));
  }
}

async function picture(workers: ProfileWorkers): Promise<void> {
  process.stdout.write('\nCall graph as SVG, 80 nodes\n');
  row('shape', 'gzip', '', 'leakline', 'asked');
  const file = new URL('../../exporter/src/profile/testdata/profiles/prometheus-b.pb.gz', import.meta.url);
  const inputs: [string, Uint8Array][] = [['real', readFileSync(file)]];
  for (const shape of SHAPES) inputs.push([shape, readProfileFile(shape, 80_000)]);
  for (const [name, input] of inputs) {
    const took = await fastest(3, () =>
      workers.run('report', [input], { kind: 'callgraph', baseCount: 0, options: {}, sourceRoots: [] }),
    );
    row(name, size(input.length), '', ms(took), ms(ASKED.svgMs));
  }
}

async function eventLoop(): Promise<void> {
  const { quiet, busy, asked } = await loopDelays();
  process.stdout.write(
    `\nDelays of the exporter's event loop while ${asked} reports of 1 to 50 MB are asked for\n`,
  );
  row('', 'p99', 'slowest', 'computing', 'asked');
  row('before', ms(quiet.p99Ms), ms(quiet.maxMs), ms(quiet.maxComputedMs));
  row('meanwhile', ms(busy.p99Ms), ms(busy.maxMs), ms(busy.maxComputedMs), ms(ASKED.loopDelayMs));
}

export async function run(): Promise<void> {
  newProcess();
  const workers = new ProfileWorkers();
  await warm(workers);
  await growth(workers);
  await picture(workers);
  await workers.close();
  await eventLoop();
}
