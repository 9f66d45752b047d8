// Durations ("5s", "1h30m", "2d") and byte sizes ("512MiB", "2GB") as people write them, in milliseconds and bytes.

import { z } from 'zod';

/** Largest unit first: the order in which a duration is written. */
const DURATION_MS: Record<string, number> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  min: 60_000,
  s: 1000,
  ms: 1,
};
const BYTES: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const DURATION_EXAMPLE = 'must be a duration such as "30s" or "1h30m"';
const SIZE_EXAMPLE = 'must be a size such as "512MiB"';

/** Milliseconds of "1h30m", or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,15}(\.\d{1,9})?(ms|min|s|m|h|d|w))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h|d|w)/g)) {
    total += Number(value) * DURATION_MS[unit!]!;
  }
  return total;
}

/** Bytes of "512MiB", "1.5 GB" or "1048576", or undefined when the text is no size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,9})?)\s*(B|[KMGT]B|[KMGT]iB)?$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * BYTES[match[2] ?? 'B']!);
}

/** The shortest text that parseDuration reads back: 600000 is "10m", 90000 is "90s". */
export function writeDuration(ms: number): string {
  // Weeks are read, but eight days are clearer than 1.14 weeks, and thirty days than four weeks and two.
  const unit = ['d', 'h', 'm', 's', 'ms'].find((name) => ms % DURATION_MS[name]! === 0) ?? 'ms';
  return `${ms / DURATION_MS[unit]!}${unit}`;
}

/** The shortest text that parseByteSize reads back: 536870912 is "512MiB". */
export function writeByteSize(bytes: number): string {
  const unit = ['TiB', 'GiB', 'MiB', 'KiB'].find((name) => bytes % BYTES[name]! === 0) ?? 'B';
  return `${bytes / BYTES[unit]!}${unit}`;
}

/** A duration field: a text with units in the file, milliseconds in the code. */
export function duration({ min, max }: { min: string; max: string }) {
  return z
    .string({ error: () => DURATION_EXAMPLE })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === undefined) {
        context.addIssue({ code: 'custom', message: DURATION_EXAMPLE });
        return z.NEVER;
      }
      if (ms < parseDuration(min)! || ms > parseDuration(max)!) {
        context.addIssue({ code: 'custom', message: `must be between ${min} and ${max}` });
        return z.NEVER;
      }
      return ms;
    })
    .meta({ written: writeDuration, allowed: `duration, ${min} to ${max}` });
}

/** A size field: a number of bytes or a text with units in the file, bytes in the code. */
export function byteSize() {
  return z
    .union([z.number(), z.string()], { error: () => SIZE_EXAMPLE })
    .transform((value, context) => {
      const bytes = typeof value === 'number' ? value : parseByteSize(value);
      if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes <= 0) {
        context.addIssue({ code: 'custom', message: SIZE_EXAMPLE });
        return z.NEVER;
      }
      return bytes;
    })
    .meta({ written: writeByteSize, allowed: 'size' });
}
