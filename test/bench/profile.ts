// How long a profile takes: in a new process beside `go tool pprof -top` and pprof-format with a plain loop, in a warm
// thread, and growth over 20 captures. Run after a build.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { encodeProfile } from '../../exporter/src/profile/encode.js';
import { ProfileWorkers } from '../../exporter/src/profile/workers.js';
import { goToolchains } from '../lib/go.js';
import { makeProfile, profileFile, readProfileFile, type Shape } from './profiles.js';

const MB = 1_000_000;
const SHAPES: Shape[] = ['ordinary', 'distinct'];
/** go tool pprof takes minutes for the largest; it is measured up to here unless BENCH_FULL is set. */
const MAX_BYTES_OF_GO = process.env['BENCH_FULL'] ? Infinity : MB;
const MAX_BYTES_OF_REFERENCE = process.env['BENCH_FULL'] ? Infinity : 10 * MB;
const TOP = fileURLToPath(new URL('./profile-top.mjs', import.meta.url));

function timed(command: string, args: string[], runs: number): { ms: number; last: string } {
  const times: number[] = [];
  let last = '';
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    times.push(performance.now() - start);
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    last = stdout.trim().split('\n').at(-1)!;
  }
  return { ms: Math.min(...times), last };
}

const cell = (value: string | number) => String(value).padStart(14);
const row = (...cells: (string | number)[]) => process.stdout.write(`${cells.map(cell).join(' ')}\n`);
const ms = (value: number | undefined) =>
  value === undefined ? '-' : `${value.toFixed(value < 10 ? 2 : 0)} ms`;

function newProcess(): void {
  const go = goToolchains().at(-1);
  process.stdout.write(`node alone: ${ms(timed(process.execPath, ['-p', '0'], 4).ms)}\n`);
  row('shape', 'compressed', 'raw', 'leakline', 'peak MiB', 'pprof-format', 'go pprof', 'go / leakline');
  for (const shape of SHAPES) {
    for (const bytes of [80_000, MB, 10 * MB, 50 * MB]) {
      const file = profileFile(shape, bytes);
      const compressed = readProfileFile(shape, bytes);
      const runs = bytes > MB ? 2 : 4;
      const ours = timed(process.execPath, [TOP, 'leakline', file], runs);
      const reference =
        bytes <= MAX_BYTES_OF_REFERENCE
          ? timed(process.execPath, [TOP, 'pprof-format', file], 1).ms
          : undefined;
      const theirs =
        go && bytes <= MAX_BYTES_OF_GO ? timed(go.path, ['tool', 'pprof', '-top', file], 1).ms : undefined;
      row(
        shape,
        `${(compressed.length / MB).toFixed(2)} MB`,
        `${(gunzipSync(compressed).length / MB).toFixed(2)} MB`,
        ms(ours.ms),
        ours.last,
        ms(reference),
        ms(theirs),
        theirs === undefined ? '-' : (theirs / ours.ms).toFixed(1),
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

async function warm(): Promise<void> {
  const workers = new ProfileWorkers();
  row('shape', 'compressed', 'warm thread', 'pprof-format', 'ratio');
  for (const shape of SHAPES) {
    for (const bytes of [16_000, MB]) {
      const input = readProfileFile(shape, bytes);
      const runs = bytes < MB ? 300 : 30;
      const ours = await fastest(runs, () =>
        workers.run('report', [input], { kind: 'top', baseCount: 0, options: {}, sourceRoots: [] }),
      );
      const theirs = await fastest(Math.ceil(runs / 10), () => plainTop(input));
      row(shape, `${(input.length / MB).toFixed(3)} MB`, ms(ours), ms(theirs), (theirs / ours).toFixed(1));
    }
  }
  row('growth of 20', 'compressed', 'warm thread');
  for (const shape of SHAPES) {
    const samples = shape === 'ordinary' ? 22_000 : 14_500;
    const inputs = Array.from({ length: 20 }, (_, i) => encodeProfile(makeProfile(shape, samples, i + 1)));
    const captures = inputs.map((_, i) => ({ takenAtMs: i * 30_000 }));
    const took = await fastest(3, () => workers.run('growth', inputs, { captures }));
    row(shape, `${(inputs[0]!.length / MB).toFixed(2)} MB`, ms(took));
  }
  await workers.close();
}

export async function run(): Promise<void> {
  newProcess();
  process.stdout.write('\n');
  await warm();
}
