import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readableJson } from './readable-json.js';

it('writes a field a line and an object of a list a line', () => {
  const text = readableJson({
    id: 'a',
    none: undefined,
    kinds: ['heap', 'cpu'],
    alerts: [{ n: 1 }, { n: 2 }],
  });
  expect(text).toBe(`{
  "id": "a",
  "kinds": ["heap","cpu"],
  "alerts": [
    {"n":1},
    {"n":2}
  ]
}
`);
});

it('is read back as what was written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
      expect(JSON.parse(readableJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
    }),
  );
});
