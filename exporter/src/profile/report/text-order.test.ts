import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText, sortByText } from './text-order.js';

/** Names with long beginnings in common, some of them twice, and with units beyond the surrogates. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '.', '\u{1f600}', '\uffee') }),
  fc.integer({ min: 0, max: 40 }).map((i) => `example.com/shop/internal/part${i % 7}.method${i}`),
);

describe('the order of texts', () => {
  it('is that of their bytes in UTF-8', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('is the same in a sort of many, which leaves the rest as it was and settles ties', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 200 }), fc.nat(20), (texts, from) => {
        const items = texts.map((name, id) => ({ name, id: (id * 7919) % 1000 }));
        const sorted = [
          ...items.slice(0, from),
          ...items.slice(from).sort((a, b) => compareText(a.name, b.name) || a.id - b.id),
        ];
        sortByText(
          items,
          Math.min(from, items.length),
          items.length,
          ({ name }) => name,
          (a, b) => a.id - b.id,
        );
        expect(items).toEqual(sorted);
      }),
    );
  });

  it('takes a hundred thousand texts of which each is the beginning of the next', () => {
    const items = Array.from({ length: 100_000 }, (_, i) => 'x'.repeat((i * 7919) % 300));
    sortByText(
      items,
      0,
      items.length,
      (item) => item,
      () => 0,
    );
    expect(items.every((item, i) => i === 0 || items[i - 1]!.length <= item.length)).toBe(true);
  });
});
