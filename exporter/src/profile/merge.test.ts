import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from './builder.js';
import { mergeProfiles } from './merge.js';
import type { Profile } from './profile.js';
import { compareProfiles } from './report/index.js';

/** A program of one function that lies at `start`, as after each start under address space randomization. */
function program(start: bigint, value: number, { file = '/srv/shop', size = 0x5000n } = {}): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: 'inuse_space', unit: 'bytes' }] });
  const mapping = builder.mapping({ start, limit: start + size, offset: 0x1000n, file, has: 15 });
  const line = { function: builder.function({ name: 'main.grow', file: '/src/main.go' }), line: 7 };
  builder.sample([value], [builder.location({ mapping, address: start + 0x42n, lines: [line] })]);
  return builder.build();
}

describe('merging profiles of a program that was started again', () => {
  it('moves addresses along with the mapping', () => {
    const merged = mergeProfiles([program(0x5500_0000n, 30), program(0x7f00_0000n, 12)]);
    expect(merged.mappings.count).toBe(1);
    expect([...merged.locations.address]).toEqual([0x5500_0042n]);
    expect([...merged.samples.values]).toEqual([42]);
  });

  it('cancels equal stacks of a base, wherever it lay', () => {
    const difference = compareProfiles({
      sources: [program(0x7f00_0000n, 30)],
      bases: [program(0x5500_0000n, 30)],
    });
    expect(difference.samples.count).toBe(0);
  });

  it('takes sizes up to a page for the same, and no other program', () => {
    const grown = program(0x7f00_0000n, 1, { size: 0x4ff0n });
    const other = program(0x7f00_0000n, 1, { file: '/srv/other' });
    expect(mergeProfiles([program(0x5500_0000n, 1), grown]).mappings.count).toBe(1);
    expect(mergeProfiles([program(0x5500_0000n, 1), other]).mappings.count).toBe(2);
  });

  it('wraps addresses as 64-bit numbers do', () => {
    const low = program(0x1000n, 1);
    const merged = mergeProfiles([low, program(2n ** 64n - 0x8000n, 2)]);
    expect([...merged.locations.address]).toEqual([0x1042n]);
  });
});
