// The text form `?debug=1` of Go's profiles (runtime/pprof/pprof.go, printCountProfile and writeHeapInternal) as a
// profile. A record is a line of figures and return addresses, then one `#` line a frame that Go could name. Go leaves
// the frames of the runtime at the leaf out of the `#` lines, hence out of the stacks here.

import { ProfileBuilder, type NewLabel } from './builder.js';
import { bound, type ProfileLimits } from './limits.js';
import { ProfileError } from './profile-error.js';
import type { Profile } from './profile.js';
import { TextLines } from './text-lines.js';

const HEAP_HEADER = /^heap profile: +\d+: +\d+ +\[ *\d+: +\d+\] @ heap\/(\d+)/;
const COUNT_HEADER = /^([a-z_]{1,40}) profile: total \d+/;
const HEAP_RECORD = /^ *(\d+): +(\d+) +\[ *(\d+): +(\d+)\] @(.*)$/;
const COUNT_RECORD = /^(\d+) @(.*)$/;
/** `#	0x68884e	compress/flate.NewWriter+0x2e		compress/flate/deflate.go:666` */
const FRAME = /^#\t(0x[0-9a-f]{1,16})\t(.*?)(?:\+0x[0-9a-f]+)?\t+(.*):(\d+)$/;
const LABELS = '# labels: ';

/** Whether a text begins as one of these forms. */
export function isCountText(head: string): boolean {
  return HEAP_HEADER.test(head) || COUNT_HEADER.test(head);
}

export function parseCountText(text: string, limits: ProfileLimits): Profile {
  const lines = new TextLines(text);
  if (!lines.next()) throw new ProfileError('profile_empty', 'profile is empty');
  const heap = HEAP_HEADER.exec(lines.line);
  const count = COUNT_HEADER.exec(lines.line);
  if (heap) {
    // Go prints twice its sampling rate, as the older C++ profiler did.
    const rate = Math.trunc(Number(heap[1]) / 2);
    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: 'alloc_objects', unit: 'count' },
        { type: 'alloc_space', unit: 'bytes' },
        { type: 'inuse_objects', unit: 'count' },
        { type: 'inuse_space', unit: 'bytes' },
      ],
      defaultSampleType: 'inuse_space',
      periodType: { type: 'space', unit: 'bytes' },
      period: rate,
    });
    return readRecords(lines, builder, limits, (line) => heapRecord(line, rate, lines.number));
  }
  if (count) {
    const type = { type: count[1]!, unit: 'count' };
    const builder = new ProfileBuilder({ sampleTypes: [type], periodType: type, period: 1 });
    return readRecords(lines, builder, limits, (line) => {
      const record = COUNT_RECORD.exec(line);
      if (!record) return undefined;
      return { values: [exact(record[1]!, lines.number)], addresses: record[2]!, labels: [] };
    });
  }
  throw new ProfileError(
    'profile_not_recognized',
    'profile is not recognized: its first line names no kind of profile',
  );
}

interface TextRecord {
  values: number[];
  addresses: string;
  labels: NewLabel[];
}

function heapRecord(line: string, rate: number, at: number): TextRecord | undefined {
  const record = HEAP_RECORD.exec(line);
  if (!record) return undefined;
  const [inuseObjects, inuseBytes, allocObjects, allocBytes] = record
    .slice(1, 5)
    .map((text) => exact(text, at));
  const blockBytes = allocObjects! > 0 ? Math.trunc(allocBytes! / allocObjects!) : 0;
  return {
    values: [...unsample(allocObjects!, allocBytes!, rate), ...unsample(inuseObjects!, inuseBytes!, rate)],
    addresses: record[5]!,
    labels: [{ key: 'bytes', number: BigInt(blockBytes) }],
  };
}

/**
 * Objects and bytes that stand behind those that were sampled: an allocation of n bytes is seen with probability
 * 1 − e^(−n/rate). The text form holds what was seen; the binary form is scaled so already.
 */
function unsample(objects: number, bytes: number, rate: number): [number, number] {
  if (objects === 0 || bytes === 0) return [0, 0];
  if (rate <= 1) return [objects, bytes];
  const scale = 1 / (1 - Math.exp(-bytes / objects / rate));
  return [Math.trunc(objects * scale), Math.trunc(bytes * scale)];
}

function exact(text: string, line: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new ProfileError(
      'profile_value_too_large',
      `profile holds a number beyond 2^53 in line ${line}, which cannot be counted exactly`,
    );
  }
  return value;
}

function readRecords(
  lines: TextLines,
  builder: ProfileBuilder,
  limits: ProfileLimits,
  parse: (line: string) => TextRecord | undefined,
): Profile {
  let more = lines.next();
  while (more) {
    if (lines.line === '' || lines.line.startsWith('#')) {
      more = lines.next();
      continue;
    }
    const record = parse(lines.line);
    if (!record) {
      throw new ProfileError('profile_malformed', `profile is malformed: line ${lines.number} is no record`);
    }
    const stack: number[] = [];
    const labels = record.labels;
    while ((more = lines.next()) && lines.line.startsWith('#')) {
      const frame = FRAME.exec(lines.line);
      if (frame) stack.push(location(builder, frame));
      else if (lines.line.startsWith(LABELS)) labels.push(...parseLabels(lines.line.slice(LABELS.length)));
      // A blank line or one of the MemStats footer ends the record.
      else if (lines.line.startsWith('# runtime.MemStats')) break;
    }
    if (stack.length === 0) stack.push(...bareAddresses(builder, record.addresses));
    bound('samples', builder.sampleCount + 1, limits.maxSamples);
    bound('stack entries', builder.stackEntries + stack.length, limits.maxStackEntries);
    builder.sample(record.values, stack, labels);
  }
  return builder.build();
}

function location(builder: ProfileBuilder, [, address, name, file, line]: string[]): number {
  return builder.location({
    address: BigInt(address!),
    lines: [{ function: builder.function({ name: name!, file: file! }), line: Number(line) }],
  });
}

/** Stacks of which Go names no frame keep their addresses. */
function bareAddresses(builder: ProfileBuilder, addresses: string): number[] {
  return (addresses.match(/0x[0-9a-f]{1,16}\b/g) ?? []).map((address) =>
    builder.location({ address: BigInt(address) }),
  );
}

function parseLabels(json: string): NewLabel[] {
  try {
    const labels: unknown = JSON.parse(json);
    if (typeof labels !== 'object' || labels === null) return [];
    return Object.entries(labels).map(([key, text]) => ({ key, text: String(text) }));
  } catch {
    // Go quotes as Go source, which is not always JSON; a label is a remark, not worth refusing the profile.
    return [];
  }
}
