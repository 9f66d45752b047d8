// The benchmarks by name: `npm run bench` runs all, `npm run bench -- sampling` one. Each prints its own table of
// ratios measured in one run; none asserts a time.

type Benchmark = () => Promise<{ run: () => Promise<void> }>;

const BENCHMARKS: Record<string, Benchmark> = {
  capture: () => import('./capture.js'),
  sampling: () => import('./sampling.js'),
  profile: () => import('./profile.js'),
  verdict: () => import('./verdict.js'),
  verify: () => import('./verify.js'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark named ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}\n`,
  );
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHMARKS)) {
  process.stdout.write(`\n## ${name}\n\n`);
  const { run } = await BENCHMARKS[name]!();
  await run();
}
