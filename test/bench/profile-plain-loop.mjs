// One process, one profile, with pprof-format and a plain loop over its objects: adds up flat bytes by function and
// prints the ten largest. Run by the benchmark with the path of the profile.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';

const profile = Profile.decode(gunzipSync(readFileSync(process.argv[2])));
const functions = new Map(profile.function.map((f) => [f.id, f]));
const locations = new Map(profile.location.map((l) => [l.id, l]));
const flat = new Map();
for (const { locationId, value } of profile.sample) {
  const line = locations.get(locationId[0]).line[0];
  const name = profile.stringTable.strings[functions.get(line.functionId).name];
  flat.set(name, (flat.get(name) ?? 0) + Number(value.at(-1)));
}
for (const [name, sum] of [...flat].sort((a, b) => b[1] - a[1]).slice(0, 10)) console.log(sum, name);
