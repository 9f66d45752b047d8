// What the filters leave of a profile, as a profile again (`proto`), and its comments.

import { ProfileBuilder, type NewLabel } from '../builder.js';
import { NONE, type Profile } from '../profile.js';
import { labelsOf } from './frames.js';
import { prepare, type Report } from './report.js';

export function filteredProfile(report: Report, profile: Profile): Profile {
  const { frames, input, options } = report;
  const { mappings, strings, functions, locations } = profile;
  const out = new ProfileBuilder(profile);
  const mappingOf = (m: number) =>
    out.mapping({
      start: mappings.start[m]!,
      limit: mappings.limit[m]!,
      offset: mappings.offset[m]!,
      file: strings.at(mappings.file[m]!),
      buildId: strings.at(mappings.buildId[m]!),
      has: mappings.has[m]!,
    });
  // The first mapping is the program itself.
  if (mappings.count > 0) mappingOf(0);
  const functionOf = (fn: number) => {
    const name = frames.functions.name[fn]!;
    const systemName = fn < functions.count ? strings.at(functions.systemName[fn]!) : name;
    return out.function({
      name,
      systemName,
      file: frames.functions.file[fn]!,
      startLine: frames.functions.startLine[fn]!,
    });
  };
  const known = new Map<number, number>();
  const locationOf = (l: number): number => {
    let location = known.get(l);
    if (location === undefined) {
      const lines = [];
      for (let k = frames.lineStart[l]!; k < frames.lineEnd[l]!; k++) {
        const line = { line: frames.lineNumber[k]!, column: frames.lineColumn?.[k] ?? 0 };
        lines.push({ function: functionOf(frames.lineFunction[k]!), ...line });
      }
      const m = frames.locationMapping[l]!;
      location = out.location({
        address: l < input.locationCount ? input.address(l) : 0n,
        mapping: m < 0 ? NONE : mappingOf(m),
        isFolded: locations.isFolded[l] === 1,
        lines,
      });
      known.set(l, location);
    }
    return location;
  };
  const types = profile.sampleTypes.length;
  const ratio = 1 / options.divideBy;
  for (let i = 0; i < frames.samples.length; i++) {
    const at = frames.samples[i]! * types;
    const values = profile.samples.values.subarray(at, at + types);
    const stack = frames.stack.subarray(frames.stackStart[i], frames.stackEnd[i]);
    const labels = labelsOf(frames, i).map((label): NewLabel =>
      label.text === undefined
        ? { key: label.key, number: BigInt(label.number), unit: label.unit }
        : { key: label.key, text: label.text },
    );
    out.sample(
      ratio > 0 && ratio !== 1 ? values.map((value) => Math.trunc(value * ratio)) : values,
      stack.map((l) => locationOf(l)),
      labels,
    );
  }
  return out.build();
}

/** Without the tables' rows that no sample needs; the others in the order in which samples need them. */
export function compactProfile(profile: Profile): Profile {
  return filteredProfile(prepare(profile, 'proto'), profile);
}

export function commentsText(profile: Profile): string {
  return profile.comments.map((comment) => `${comment}\n`).join('');
}
