// Bytes made to harm the reader: each is refused with its code, says where, and costs little memory and time.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeProfile } from './decode.js';
import type { ProfileLimits } from '../limits.js';

const MIB = 2 ** 20;

/** A bytes field: tag, length, content. */
const field = (number: number, ...content: number[]) => [number * 8 + 2, content.length, ...content];
const empty = field(6);
const sampleType = field(1, 8, 0, 16, 0);
const location = (id: number, ...rest: number[]) => field(4, 8, id, ...rest);
const fn = (id: number, name = 0) => field(5, 8, id, 16, name);
const sample = (...stack: number[]) => field(2, ...field(1, ...stack), ...field(2, 7));

const cases: [what: string, bytes: number[], code: string, where: RegExp, limits?: Partial<ProfileLimits>][] =
  [
    [
      'a number of eleven bytes',
      [8 * 12, ...Array<number>(10).fill(0xff), 1],
      'profile_malformed',
      /64 bits at byte 1$/,
    ],
    [
      'a number of 65 bits',
      [8 * 12, ...Array<number>(9).fill(0xff), 2],
      'profile_malformed',
      /64 bits at byte 1$/,
    ],
    ['a number that ends nowhere', [8 * 12, 0x80], 'profile_truncated', /at byte 1$/],
    ['a length that lies', [6 * 8 + 2, 100, 1], 'profile_truncated', /100 bytes announced at byte 1, 1 left/],
    [
      'a length of 2^53',
      [50, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
      'profile_value_too_large',
      /byte 1,/,
    ],
    ['field number 0', [2, 0], 'profile_malformed', /field number 0 at byte 0/],
    ['a group', [3 + 16 * 8, 1], 'profile_malformed', /field number|wire type/],
    ['a sample that is a number', [2 * 8, 1, ...empty], 'profile_malformed', /wire type 0, not 2/],
    ['no sample type', [...empty, ...sample()], 'profile_inconsistent', /without a sample type/],
    [
      'too few values',
      [...empty, ...sampleType, ...field(2)],
      'profile_inconsistent',
      /sample 0 at byte \d+ has 0 values of 1/,
    ],
    [
      'a location that is not there',
      [...empty, ...sampleType, ...sample(9)],
      'profile_inconsistent',
      /location id 9 at byte/,
    ],
    [
      'location 0',
      [...empty, ...sampleType, ...sample(0), ...location(1)],
      'profile_inconsistent',
      /location id 0/,
    ],
    [
      'a location twice',
      [...empty, ...location(1), ...location(1)],
      'profile_inconsistent',
      /location id 1 stands twice/,
    ],
    ['a location without id', [...empty, ...field(4, 24, 5)], 'profile_inconsistent', /location 0 has id 0/],
    [
      'a location with two ids',
      [...empty, ...location(1, 8, 2)],
      'profile_inconsistent',
      /location 0 has more than one id/,
    ],
    [
      'a location whose second id needs more bytes',
      [...empty, ...location(1, 8, 0x81, 0x80, 0x80, 1)],
      'profile_inconsistent',
      /location 0 has more than one id/,
    ],
    ['a record that ends in its number', [...empty, ...field(4, 8), 0x81], 'profile_truncated', /byte/],
    [
      'a function that is not there',
      [...empty, ...location(1, ...field(4, 8, 3))],
      'profile_inconsistent',
      /function id 3/,
    ],
    [
      'a mapping that is not there',
      [...empty, ...location(1, 16, 5)],
      'profile_inconsistent',
      /mapping id 5/,
    ],
    [
      'a string that is not there',
      [...empty, ...fn(1, 7)],
      'profile_inconsistent',
      /function 0 names string 7 of 1/,
    ],
    ['a first string with text', field(6, 97), 'profile_inconsistent', /string 0 is not empty/],
    [
      'more samples than allowed',
      [...sampleType, ...Array.from({ length: 20 }, () => [18, 0]).flat()],
      'profile_too_large',
      /20 samples/,
      { maxSamples: 10 },
    ],
    [
      'a stack deeper than allowed',
      [...empty, ...sampleType, ...location(1), ...sample(1, 1, 1, 1)],
      'profile_too_large',
      /4 stack entries/,
      { maxStackEntries: 3 },
    ],
    [
      'more bytes than allowed',
      Array<number>(101).fill(0),
      'profile_too_large',
      /100 bytes/,
      { maxRawBytes: 100 },
    ],
  ];

describe('hostile bytes', () => {
  it.each(cases)('%s', (_, bytes, code, where, limits) => {
    for (const form of [new Uint8Array(bytes), gzipSync(new Uint8Array(bytes))]) {
      expect(() => decodeProfile(form, limits)).toThrow(expect.objectContaining({ code }));
      expect(() => decodeProfile(form, limits)).toThrow(where);
    }
  });

  it('a value beyond 2^53 is refused, one below is exact', () => {
    const of = (high: number) => {
      const value = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, high];
      return new Uint8Array([...empty, ...sampleType, ...field(2, ...field(2, ...value))]);
    };
    expect(decodeProfile(of(0x0f)).samples.values[0]).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => decodeProfile(of(0x1f))).toThrow(
      expect.objectContaining({ code: 'profile_value_too_large' }),
    );
  });

  it('a gzip bomb costs no more than the limit', () => {
    const bomb = gzipSync(Buffer.alloc(512 * MIB));
    const before = process.memoryUsage().rss;
    expect(() => decodeProfile(bomb, { maxRawBytes: 16 * MIB })).toThrow(
      expect.objectContaining({ code: 'profile_too_large' }),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MIB);
  });

  it('a hundred million samples are refused before memory is taken for them', () => {
    const many = Buffer.alloc(200 * MIB, Uint8Array.from([18, 0]));
    const before = process.memoryUsage().rss;
    expect(() => decodeProfile(many)).toThrow(expect.objectContaining({ code: 'profile_too_large' }));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
  });

  it('sparse ids cost a map, not an array as long as the largest', () => {
    const id = [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    const bytes = [
      ...empty,
      ...sampleType,
      ...field(4, 8, ...id),
      ...field(2, ...field(1, ...id), ...field(2, 7)),
    ];
    expect(Array.from(decodeProfile(new Uint8Array(bytes)).samples.stack)).toEqual([0]);
  });

  it('unknown fields are passed over, unpacked numbers are read', () => {
    const unpacked = field(2, 8, 1, 8, 1, 16, 7);
    const bytes = [...empty, ...sampleType, ...location(1), ...unpacked, 0xa1, 6, 1, 2, 3, 4, 5, 6, 7, 8];
    const { samples } = decodeProfile(new Uint8Array(bytes));
    expect([Array.from(samples.stack), Array.from(samples.values)]).toEqual([[0, 0], [7]]);
  });
});
