import { expect, it } from 'vitest';
import { fromGrowth, fromTop, viewRows, type TableView } from './allocators';

const table = fromGrowth({
  functions: [
    {
      function: 'a.Put',
      file: '/s/a.go',
      line: 1,
      firstBytes: 1,
      lastBytes: 50,
      growthBytes: 49,
      growthBytesPerSecond: 4.9,
      share: 0.7,
      own: true,
      history: [1, 50],
    },
    {
      function: 'b.Get',
      file: '/s/b.go',
      line: 2,
      firstBytes: 90,
      lastBytes: 80,
      growthBytes: -10,
      growthBytesPerSecond: -1,
      share: 0,
      own: false,
    },
    {
      function: 'c.Add',
      file: '/lib/c.go',
      line: 3,
      firstBytes: 0,
      lastBytes: 20,
      growthBytes: 20,
      growthBytesPerSecond: 2,
      share: 0.3,
    },
  ],
  blamed: [],
});
const view: TableView = { search: '', ownOnly: false, sort: 'growth', descending: true };
const names = (change: Partial<TableView>): string[] =>
  viewRows(table.rows, { ...view, ...change }).map((row) => row.function);

it('sorts by any column, both ways', () => {
  expect(names({})).toEqual(['a.Put', 'c.Add', 'b.Get']);
  expect(names({ descending: false })).toEqual(['b.Get', 'c.Add', 'a.Put']);
  expect(names({ sort: 'inUse' })).toEqual(['b.Get', 'a.Put', 'c.Add']);
  expect(names({ sort: 'function', descending: false })).toEqual(['a.Put', 'b.Get', 'c.Add']);
});

it('finds by function or file, whatever the case, and keeps own code only', () => {
  expect(names({ search: ' PUT ' })).toEqual(['a.Put']);
  expect(names({ search: '/lib/' })).toEqual(['c.Add']);
  expect(names({ ownOnly: true })).toEqual(['a.Put']);
});

it('of one capture tells what is in use; growth is not known and stands last', () => {
  const top = fromTop({
    sampleType: 'inuse_space',
    unit: 'bytes',
    total: 200,
    rows: [
      { function: 'a', file: '', line: 0, flat: 150, cum: 200 },
      { function: 'b', file: '', line: 0, flat: 0, cum: 200 },
    ],
  });
  expect(top).toMatchObject({ compared: false, unit: 'bytes' });
  expect(top.rows).toHaveLength(1);
  expect(top.rows[0]).toMatchObject({ inUse: 150, growth: null, share: 0.75, own: null });
  const mixed = viewRows([...top.rows, ...table.rows], { ...view, descending: false });
  expect(mixed.at(-1)!.function).toBe('a');
});
