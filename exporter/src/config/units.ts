// Durations ("5s", "1h30m", "2d") and byte sizes ("512MiB", "2GB") as people write them, in milliseconds and bytes.

import { z } from 'zod';

const DURATION_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
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

/** Milliseconds of "1h30m", or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|min|m|h|d|w))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h|d|w)/g)) {
    total += Number(value) * DURATION_MS[unit!]!;
  }
  return total;
}

/** Bytes of "512MiB", "1.5 GB" or "1048576", or undefined when the text is no size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|[KMGT]B|[KMGT]iB)?$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * BYTES[match[2] ?? 'B']!);
}

/** A duration field: a text with units in the file, milliseconds in the code. */
export function duration({ min, max }: { min: string; max: string }) {
  return z
    .string({ error: () => 'must be a duration such as "30s" or "1h30m"' })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === undefined) {
        context.addIssue({ code: 'custom', message: 'must be a duration such as "30s" or "1h30m"' });
        return z.NEVER;
      }
      if (ms < parseDuration(min)! || ms > parseDuration(max)!) {
        context.addIssue({ code: 'custom', message: `must be between ${min} and ${max}` });
        return z.NEVER;
      }
      return ms;
    });
}

/** A size field: a number of bytes or a text with units in the file, bytes in the code. */
export function byteSize() {
  return z
    .union([z.number(), z.string()], { error: () => 'must be a size such as "512MiB"' })
    .transform((value, context) => {
      const bytes = typeof value === 'number' ? value : parseByteSize(value);
      if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes <= 0) {
        context.addIssue({ code: 'custom', message: 'must be a size such as "512MiB"' });
        return z.NEVER;
      }
      return bytes;
    });
}
