// `npm run bench:leak`: the detector and the rules in use over the simulated series, as one table.
//   -- --seeds 1-25   seeds of each family        --set own      the families of own-families.mjs
//   -- --salt TEXT    other series                --by-family    the detector's figures by family
//   -- --no-rules     the detector alone

import { parseArgs } from 'node:util';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { evaluate, PUBLIC_SALT, type Plan, type Result } from './evaluate.js';
import { aggregate, byFamily, type Aggregate } from './score.mjs';

const WORKERS = 2;
/** Names the share of a child process. */
const SHARE = 'LEAKLINE_BENCH_SHARE';

function number(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

function line(name: string, a: Aggregate, microseconds: number | null): string {
  const cells = [
    name,
    number(a.recall, 3),
    number(a.precision, 2),
    number(a.faPerDay, 4),
    number(a.falseSeriesShare, 3),
    `${number(a.ttdRatioMedian, 2)} / ${number(a.ttdRatioP90, 1)}`,
    number(a.delayMedianH, 1),
    number(a.slopeErrMedian, 3),
    number(a.ciCoverage, 2),
    number(a.patternAcc, 2),
    number(microseconds, 2),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

const HEADER =
  '| rule | recall | precision | false alarms a process-day | series with one | TTD x median / p90 | delay h | slope error | interval covers | pattern | µs a sample |\n' +
  `|${'---|'.repeat(11)}\n`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1-25' },
      set: { type: 'string', default: 'public' },
      salt: { type: 'string', default: PUBLIC_SALT },
      'by-family': { type: 'boolean', default: false },
      'no-rules': { type: 'boolean', default: false },
    },
  });
  const [first = 1, last = first] = values.seeds.split('-').map(Number);
  const plan: Omit<Plan, 'share'> = {
    set: values.set === 'own' ? 'own' : 'public',
    salt: values.salt,
    seeds: [first, last],
    views: ['full', 'process'],
    rules: !values['no-rules'],
  };
  const parts = await Promise.all(
    Array.from(
      { length: WORKERS },
      (_, index) =>
        new Promise<Result>((resolve, reject) => {
          const share = JSON.stringify({ ...plan, share: { index, of: WORKERS } } satisfies Plan);
          const worker = fork(fileURLToPath(import.meta.url), { env: { ...process.env, [SHARE]: share } });
          worker.once('message', (result) => resolve(result as Result));
          worker.once('error', reject);
        }),
    ),
  );
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  process.stdout.write(HEADER);
  for (const name of Object.keys(parts[0]!.rows)) {
    const rows = parts.flatMap((part) => part.rows[name] ?? []);
    const nanoseconds = parts.reduce((sum, part) => sum + (part.nanoseconds[name] ?? 0), 0);
    process.stdout.write(line(name, aggregate(rows), nanoseconds / 1000 / samples));
    if (!values['by-family'] || !name.startsWith('leakline')) continue;
    for (const [family, figures] of byFamily(rows)) process.stdout.write(line(`· ${family}`, figures, null));
  }
  process.stdout.write(`\n${samples} samples\n`);
}

const share = process.env[SHARE];
if (share === undefined) await main();
else {
  process.send!(evaluate(JSON.parse(share) as Plan), () => process.disconnect());
}
