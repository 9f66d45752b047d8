import { expect, it } from 'vitest';
import { bridged } from './gaps';

it.each([
  [
    [1, null, null, 4],
    [1, undefined, undefined, 4],
  ],
  [
    [1, null, null, null, null, 6],
    [1, null, null, null, null, 6],
  ],
  [
    [null, 2, null],
    [null, 2, null],
  ],
  [[], []],
])('short gaps are drawn over, long ones and the ends are not: %j', (values, drawn) => {
  expect(bridged(values)).toEqual(drawn);
});
