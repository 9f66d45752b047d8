// The form in which a detector's memory is saved: plain JSON, versioned, of bounded size (about 35 KB a target).
// Numbers that JSON cannot say are written as strings; arrays of floats as base64, little endian.

import { z } from 'zod';
import { LeaklineError } from '../errors.js';
import { LEAK_PATTERNS } from './types.js';
import { WHY_NOT } from './types.js';

/** Raised when the meaning of a field changes; older snapshots are then refused, and the detector learns anew. */
export const SNAPSHOT_VERSION = 2;

const SPECIAL = ['NaN', 'Infinity', '-Infinity'] as const;
export type PlainNumber = number | (typeof SPECIAL)[number];
export type PlainNumbers = Record<string, PlainNumber>;

export const plainNumber = z.union([z.number(), z.enum(SPECIAL)]);
export const plainNumbers = z.record(z.string(), plainNumber);
const floats = z.string().max(16_384);

const growthSchema = z.object({
  numbers: plainNumbers,
  thirds: z.tuple([z.number(), z.number(), z.number()]),
});

export type SavedGrowth = z.infer<typeof growthSchema>;

export const snapshotSchema = z.object({
  version: z.literal(SNAPSHOT_VERSION),
  mode: z.enum(['service', 'session']),
  offsetSeconds: z.number(),
  gogcPercent: z.number().nullable(),
  hasGo: z.boolean(),
  numbers: plainNumbers,
  pastLeak: z
    .object({
      pattern: z.enum(LEAK_PATTERNS),
      life: z.number(),
      floor: z.number(),
      channel: z.int(),
      sinceAt: z.number(),
      highAt: z.number(),
    })
    .nullable(),
  timeline: plainNumbers,
  openBin: z.object({ numbers: plainNumbers, low: z.array(plainNumber).max(64) }),
  gcPressure: plainNumbers,
  peaks: z.object({ numbers: plainNumbers, values: floats }),
  recent: z.object({ numbers: plainNumbers, held: z.array(plainNumber).max(16), rows: floats }),
  levels: z.array(plainNumbers).max(8),
  bins: z.object({ floats, packed: floats, open: z.array(z.int().min(-1)).max(8) }),
  channels: z
    .array(
      z.object({
        run: plainNumbers,
        alarm: z
          .object({ numbers: plainNumbers, dipped: z.boolean(), returned: z.boolean(), growth: growthSchema })
          .nullable(),
        waiting: z
          .object({
            growth: growthSchema,
            level: z.int().min(0).max(7),
            patienceSeconds: z.number(),
            at: z.number(),
          })
          .nullable(),
        refusal: z.object({ reason: z.enum(WHY_NOT), at: z.number(), settlesAt: plainNumber }).nullable(),
      }),
    )
    .max(16),
});
export type DetectorSnapshot = z.infer<typeof snapshotSchema>;

/** Throws `state_damaged` with the first field that is wrong. */
export function parseSnapshot(value: unknown): DetectorSnapshot {
  const parsed = snapshotSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a snapshot'}`);
}

export function damaged(what: string): LeaklineError {
  return new LeaklineError('state_damaged', `the saved state of a leak detector cannot be used: ${what}`);
}

export function plain(value: number): PlainNumber {
  return Number.isFinite(value) ? value : (String(value) as PlainNumber);
}

/** The number-valued fields of an object. */
export function numbersOf(object: object): PlainNumbers {
  const out: PlainNumbers = {};
  for (const [key, value] of Object.entries(object)) if (typeof value === 'number') out[key] = plain(value);
  return out;
}

/** Sets the number-valued fields of an object to what was saved; each must be there. */
export function setNumbers<T extends object>(object: T, saved: PlainNumbers, except: string[] = []): T {
  const fields: Record<string, number> = {};
  for (const [key, value] of Object.entries(object)) {
    if (typeof value !== 'number' || except.includes(key)) continue;
    const number = saved[key];
    if (number === undefined) throw damaged(`${key} is missing`);
    fields[key] = Number(number);
  }
  return Object.assign(object, fields);
}

export function floatsToText(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function textToFloats(text: string, length: number): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length * Float32Array.BYTES_PER_ELEMENT) throw damaged(`expected ${length} values`);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = bytes.readFloatLE(i * Float32Array.BYTES_PER_ELEMENT);
  return values;
}

export function packedToText(values: Uint16Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function textToPacked(text: string, length: number): Uint16Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length * Uint16Array.BYTES_PER_ELEMENT) throw damaged(`expected ${length} values`);
  const values = new Uint16Array(length);
  for (let i = 0; i < length; i++) values[i] = bytes.readUInt16LE(i * Uint16Array.BYTES_PER_ELEMENT);
  return values;
}
