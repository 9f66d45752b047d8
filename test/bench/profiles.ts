// Made-up heap profiles of a wanted size, always the same: `ordinary`, whose samples share most of their stacks as
// those of a service do, and `distinct`, in which no two stacks have much in common.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProfileBuilder } from '../../exporter/src/profile/builder.js';
import { encodeProfile } from '../../exporter/src/profile/encode.js';
import type { Profile } from '../../exporter/src/profile/profile.js';

export type Shape = 'ordinary' | 'distinct';

/** Frames of a stack, as deep as those of a service with middleware. */
const DEPTH = 24;
const BLOCK_BYTES = [16, 48, 64, 128, 512, 1024, 4096, 32768];

/** Mulberry32: small, seeded, good enough for shapes. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A heap profile of so many samples. `moment` scales what is in use, for a series of captures that grow. */
export function makeProfile(shape: Shape, samples: number, moment = 1): Profile {
  const next = random(samples);
  const pick = (below: number) => Math.floor(next() * below);
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'alloc_objects', unit: 'count' },
      { type: 'alloc_space', unit: 'bytes' },
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    periodType: { type: 'space', unit: 'bytes' },
    period: 524288,
    timeNanos: 1_700_000_000_000_000_000n + BigInt(moment) * 30_000_000_000n,
  });
  const mapping = builder.mapping({
    start: 0x400000n,
    limit: 0x2400000n,
    file: '/srv/shop',
    buildId: 'made',
    has: 15,
  });
  const functions = Math.min(12_000, 100 + Math.floor(samples / 20));
  const locations = Array.from({ length: functions * 3 }, (_, i) => {
    const f = i % functions;
    const path = f % 5 === 0 ? 'main' : `example.com/shop/internal/part${f % 60}`;
    return builder.location({
      mapping,
      address: BigInt(0x400000 + i * 37),
      lines: [
        {
          function: builder.function({
            name: `${path}.(*Handler${f % 300}).method${f}`,
            file: `/src/${path}/file${f % 200}.go`,
          }),
          line: 10 + (i % 997),
        },
      ],
    });
  });
  const stack = new Uint32Array(DEPTH);
  const redraw = (from: number, to: number) => {
    for (let i = from; i < to; i++) stack[i] = locations[pick(locations.length)]!;
  };
  redraw(0, DEPTH);
  for (let s = 0; s < samples; s++) {
    // Leaf first. A service's next stack differs in its last few calls, or is the same with another block size.
    if (shape === 'distinct') redraw(0, DEPTH);
    else if (next() < 0.9) redraw(0, 1 + pick(next() < 0.1 ? DEPTH : 16));
    const block = BLOCK_BYTES[pick(BLOCK_BYTES.length)]!;
    const allocated = 1 + pick(5000);
    const inUse = next() < 0.33 ? 0 : Math.round((pick(allocated) + 1) * moment);
    builder.sample([allocated + inUse, (allocated + inUse) * block, inUse, inUse * block], stack, [
      { key: 'bytes', number: BigInt(block) },
    ]);
  }
  return builder.build();
}

/** The path of a profile of about so many bytes compressed, made once and kept in the folder of temporary files. */
export function profileFile(shape: Shape, compressedBytes: number): string {
  const folder = join(tmpdir(), 'leakline-bench-profiles');
  const path = join(folder, `v4-${shape}-${compressedBytes}.pb.gz`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const bytesOf = (samples: number) => encodeProfile(makeProfile(shape, samples));
  // Bytes a sample depend on the number of samples: from a small guess towards it.
  let samples = 200;
  for (const most of [2000, 20_000, Infinity, Infinity]) {
    samples = Math.min(most, Math.max(50, Math.round((samples * compressedBytes) / bytesOf(samples).length)));
  }
  writeFileSync(path, bytesOf(samples));
  return path;
}

export const readProfileFile = (shape: Shape, compressedBytes: number): Buffer =>
  readFileSync(profileFile(shape, compressedBytes));
