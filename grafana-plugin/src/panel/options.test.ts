import { expect, it } from 'vitest';
import { DEFAULT_OPTIONS, migrateOptions } from './options';

it.each([
  [{}, DEFAULT_OPTIONS],
  [
    { target: '$target', showBaseline: false },
    { ...DEFAULT_OPTIONS, target: '$target', showBaseline: false },
  ],
  [{ target: 7, showAccounting: 'no', sourceLink: null }, DEFAULT_OPTIONS],
  [
    { sourceLink: 'https://x/{path}', unknown: true },
    { ...DEFAULT_OPTIONS, sourceLink: 'https://x/{path}' },
  ],
])('options of a dashboard are brought up to date: %j', (saved, options) => {
  expect(migrateOptions(saved)).toEqual(options);
});
