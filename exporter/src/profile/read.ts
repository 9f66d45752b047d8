// Any form in which a profile lies about: protobuf, gzip or raw, and the texts of `?debug=1` and `?debug=2`.

import { decodeProfile, isGzip, uncompressed } from './decode/decode.js';
import { ProfileBuilder } from './builder.js';
import { isGoroutineDump, parseGoroutineDump, type Goroutine } from './goroutine-dump.js';
import { DEFAULT_PROFILE_LIMITS, type ProfileLimits } from './limits.js';
import { ProfileError } from './profile-error.js';
import type { Profile } from './profile.js';
import { recordsOfDump, recordsOfProfile, type GoroutineRecord } from './goroutines.js';
import { isCountText, parseCountText } from './text-counts.js';

/** Bytes that are enough to tell a form by. */
const HEAD_BYTES = 256;

/** A profile in any form. A goroutine dump becomes one sample a goroutine state and stack, with the state as a label. */
export function readProfile(bytes: Uint8Array, limits: Partial<ProfileLimits> = {}): Profile {
  const bounds = { ...DEFAULT_PROFILE_LIMITS, ...limits };
  const raw = uncompressed(bytes, bounds);
  const head = textOf(raw.subarray(0, HEAD_BYTES));
  if (isCountText(head)) return parseCountText(textOf(raw), bounds);
  if (isGoroutineDump(head)) return profileOfDump(parseGoroutineDump(textOf(raw), bounds));
  if (/^\s*<|^[\x20-\x7e\s]{16}/.test(head) && !isGzip(bytes)) {
    throw new ProfileError(
      'profile_not_recognized',
      `profile is not recognized: it is a text that begins ${JSON.stringify(head.slice(0, 40))}`,
    );
  }
  return decodeProfile(raw, bounds);
}

/** The goroutines of a dump (`debug=2`), of a `debug=1` text or of a goroutine profile. */
export function readGoroutines(bytes: Uint8Array, limits: Partial<ProfileLimits> = {}): GoroutineRecord[] {
  const bounds = { ...DEFAULT_PROFILE_LIMITS, ...limits };
  const raw = uncompressed(bytes, bounds);
  if (isGoroutineDump(textOf(raw.subarray(0, HEAD_BYTES)))) {
    return recordsOfDump(parseGoroutineDump(textOf(raw), bounds));
  }
  return recordsOfProfile(readProfile(raw, bounds));
}

function profileOfDump(goroutines: readonly Goroutine[]): Profile {
  const type = { type: 'goroutine', unit: 'count' };
  const builder = new ProfileBuilder({ sampleTypes: [type], periodType: type, period: 1 });
  const counts = new Map<string, { stack: number[]; state: string; count: number }>();
  for (const { frames, state } of goroutines) {
    const stack = frames.map(({ function: name, file, line }) =>
      builder.location({ lines: [{ function: builder.function({ name, file }), line }] }),
    );
    const key = `${state}:${stack.join()}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { stack, state, count: 1 });
  }
  for (const { stack, state, count } of counts.values()) {
    builder.sample([count], stack, [{ key: 'state', text: state }]);
  }
  return builder.build();
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
