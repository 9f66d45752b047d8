// One process, one profile: reads it, adds up flat bytes by function, prints the ten largest. Run by the benchmark with
// "leakline" (the compiled decoder) or "pprof-format" (a plain loop over its objects), and the path of the profile.
// The last line is the peak memory in MiB.
import { readFileSync } from 'node:fs';

const [, , reader, path] = process.argv;
const bytes = readFileSync(path);
const flat = new Map();
if (reader === 'leakline') {
  const { decodeProfile } = await import(
    new URL('../../exporter/dist/profile/decode.js', import.meta.url).href
  );
  const { samples, locations, functions, strings, sampleTypes } = decodeProfile(bytes);
  const types = sampleTypes.length;
  const byFunction = new Float64Array(functions.count);
  for (let s = 0; s < samples.count; s++) {
    const leaf = samples.stack[samples.stackStart[s]];
    byFunction[locations.lineFunction[locations.lineStart[leaf]]] += samples.values[s * types + types - 1];
  }
  byFunction.forEach((sum, f) => {
    const name = strings.at(functions.name[f]);
    flat.set(name, (flat.get(name) ?? 0) + sum);
  });
} else {
  const { Profile } = await import('pprof-format');
  const { gunzipSync } = await import('node:zlib');
  const profile = Profile.decode(gunzipSync(bytes));
  const functions = new Map(profile.function.map((f) => [f.id, f]));
  const locations = new Map(profile.location.map((l) => [l.id, l]));
  for (const { locationId, value } of profile.sample) {
    const line = locations.get(locationId[0]).line[0];
    const name = profile.stringTable.strings[functions.get(line.functionId).name];
    flat.set(name, (flat.get(name) ?? 0) + Number(value.at(-1)));
  }
}
const rows = [...flat].sort((a, b) => b[1] - a[1]).slice(0, 10);
for (const [name, sum] of rows) console.log(sum, name);
// maxRSS begins with what the parent held when it forked; Linux also tells the process's own.
const own =
  process.platform === 'linux' ? /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) : null;
console.log(Math.round(Number(own?.[1] ?? process.resourceUsage().maxRSS) / 1024));
