import { expect, it } from 'vitest';
import { Exposition, type Family } from './families.js';

const FAMILIES: Family[] = [
  { name: 'known_bytes', help: 'Known.', type: 'gauge', labels: [] },
  { name: 'unknown_bytes', help: 'Not known.', type: 'gauge', labels: [] },
  { name: 'known_total', help: 'Known.', type: 'counter', labels: [] },
  { name: 'unknown_total', help: 'Not known.', type: 'counter', labels: [] },
  { name: 'of_a_target_bytes', help: 'Of a target.', type: 'gauge', labels: ['target'] },
];

it('leaves absent what is not known, with labels and without, from scrape to scrape', async () => {
  let known: number | undefined = 7;
  const exposition = new Exposition([
    {
      families: FAMILIES,
      collect(add) {
        add('known_bytes', {}, known);
        add('known_total', {}, known);
        add('unknown_bytes', {}, undefined);
        add('of_a_target_bytes', { target: 'orders' }, known);
      },
    },
  ]);
  const samples = async (): Promise<string[]> =>
    (await exposition.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(await samples()).toEqual(['known_bytes 7', 'known_total 7', 'of_a_target_bytes{target="orders"} 7']);
  known = 0;
  expect(await samples()).toEqual(['known_bytes 0', 'known_total 0', 'of_a_target_bytes{target="orders"} 0']);
  known = undefined;
  expect(await samples()).toEqual([]);
});
