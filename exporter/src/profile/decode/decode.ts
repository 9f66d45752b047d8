// From the bytes of a profile, gzip or raw, to columns. The top level of the message is walked first, so that every
// table is counted and held against its limit before memory is taken; then each body is read once: the samples, whose
// location ids become indexes as they are read, and the tables. Layout: google/pprof proto/profile.proto.

import { gunzipSync } from 'node:zlib';
import { inconsistent } from './checks.js';
import { countRecords } from './counts.js';
import { decodeFunctions } from './functions.js';
import { decodeHeader } from './header.js';
import { decodeLocations, readLocationIds } from './locations.js';
import { decodeMappings } from './mappings.js';
import { decodeSamples } from './samples.js';
import { DEFAULT_PROFILE_LIMITS, type ProfileLimits } from '../limits.js';
import { ProfileError } from '../profile-error.js';
import { EncodedStrings, type Profile } from '../profile.js';

/**
 * Decodes a profile in the protobuf form, compressed or not.
 * Values are exact within ±(2^53 − 1); a profile with one beyond is refused.
 * @throws ProfileError with a code that says what is wrong; the message says where.
 */
export function decodeProfile(bytes: Uint8Array, limits: Partial<ProfileLimits> = {}): Profile {
  const bounds = { ...DEFAULT_PROFILE_LIMITS, ...limits };
  const raw = uncompressed(bytes, bounds);
  if (raw.length === 0) throw new ProfileError('profile_empty', 'profile is empty');
  const counts = countRecords(raw, bounds);
  const strings = new EncodedStrings(raw, counts.strings.start, counts.strings.end);
  if (strings.count > 0 && strings.at(0) !== '') throw inconsistent('string 0 is not empty');
  const header = decodeHeader(raw, counts.headerFields, strings);
  const locationIds = readLocationIds(raw, counts.locations);
  // The samples before the tables: in a process that has just started their loop is worth compiling first.
  const samples = decodeSamples(raw, counts, locationIds, strings.count, bounds);
  const { functions, ids: functionIds } = decodeFunctions(raw, counts.functions, strings.count);
  const { mappings, ids: mappingIds } = decodeMappings(raw, counts.mappings, strings.count);
  const locations = decodeLocations(raw, counts.locations, locationIds, functionIds, mappingIds, bounds);
  return { ...header, samples, locations, functions, mappings, strings };
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Deflate packs at most 1032 bytes into one, whatever the trailer of the file promises. */
const DEFLATE_MAX_RATIO = 1032;

/** The message within gzip, or the bytes as they are, within the limit. */
export function uncompressed(bytes: Uint8Array, limits: Pick<ProfileLimits, 'maxRawBytes'>): Uint8Array {
  if (!isGzip(bytes)) {
    if (bytes.length > limits.maxRawBytes) throw tooManyBytes(limits.maxRawBytes);
    return bytes;
  }
  // The trailer's length lets zlib write into one buffer of the right size; when it lies, zlib takes a second one.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const promised = bytes.length >= 18 ? view.getUint32(bytes.length - 4, true) : 0;
  const size = Math.min(promised, bytes.length * DEFLATE_MAX_RATIO, limits.maxRawBytes);
  try {
    return gunzipSync(bytes, { maxOutputLength: limits.maxRawBytes, chunkSize: Math.max(size + 1, 16_384) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooManyBytes(limits.maxRawBytes);
    if (code === 'Z_BUF_ERROR') {
      throw new ProfileError(
        'profile_truncated',
        `profile is cut off: gzip ends early, after ${bytes.length} bytes`,
        {
          cause: error,
        },
      );
    }
    throw new ProfileError('profile_gzip_corrupt', 'profile is not readable: its gzip data is corrupt', {
      cause: error,
    });
  }
}

function tooManyBytes(limit: number): ProfileError {
  return new ProfileError('profile_too_large', `profile is larger than ${limit} bytes uncompressed`);
}
