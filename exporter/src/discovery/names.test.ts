import { expect, it } from 'vitest';
import { baseName, NameBook } from './names.js';

const MINUTE = 60_000;
/** Unix ms of a pass; the processes of these tests were started long before, unless told otherwise. */
const NOW = 100 * MINUTE;

const at = (pid: number, startedAtMs: number, executable = '/opt/orders-api') => ({
  pid,
  startedAtMs,
  executable,
});

it.each([
  ['/opt/orders-api', 'orders-api'],
  ['C:\\Program Files\\svc\\Orders.EXE', 'Orders'],
  ['C:\\svc\\my service.exe', 'my-service'],
  ['/opt/.hidden', 'hidden'],
  ['/opt/日本', 'unnamed'],
  ['', 'unnamed'],
  [`/opt/${'x'.repeat(300)}`, 'x'.repeat(128)],
])('names %s as %s', (path, name) => {
  expect(baseName(path)).toBe(name);
  expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
});

it('gives the plain name to the older of two', () => {
  expect(new NameBook().assign([at(20, 2000), at(10, 1000)], NOW)).toEqual(['orders-api-2', 'orders-api']);
});

it('keeps a name for the life of a process', () => {
  const book = new NameBook();
  book.assign([at(10, 1000), at(20, 2000)], NOW);
  expect(book.assign([at(20, 2000)], NOW)).toEqual(['orders-api-2']);
});

it('gives the name back after a restart', () => {
  const book = new NameBook();
  book.assign([at(10, 1000), at(20, 2000)], NOW);
  expect(book.assign([at(30, 3000), at(20, 2000)], NOW)).toEqual(['orders-api', 'orders-api-2']);
  expect(book.assign([], NOW)).toEqual([]);
  expect(book.assign([at(40, 4000)], NOW)).toEqual(['orders-api']);
});

it('hands the name over in a rolling restart', () => {
  const book = new NameBook();
  book.assign([at(10, 0)], NOW);
  const next = at(20, NOW);
  expect(book.assign([at(10, 0), next], NOW + MINUTE)).toEqual(['orders-api', 'orders-api-2']);
  expect(book.assign([next], NOW + 2 * MINUTE)).toEqual(['orders-api']);
  // The next restart of the same kind.
  const third = at(30, NOW + 60 * MINUTE);
  expect(book.assign([next, third], NOW + 61 * MINUTE)).toEqual(['orders-api', 'orders-api-2']);
  expect(book.assign([third], NOW + 62 * MINUTE)).toEqual(['orders-api']);
});

it.each([
  ['two workers that were started together', [at(10, NOW - 2000), at(20, NOW - 1000)], NOW],
  ['a worker that has run beside the other for long', [at(10, 0), at(20, 50 * MINUTE)], NOW],
])('hands no name over between %s', (_, [first, second], nowMs) => {
  const book = new NameBook();
  book.assign([first!, second!], nowMs);
  expect(book.assign([second!], nowMs)).toEqual(['orders-api-2']);
});

it('hands no name over while a third of its kind runs', () => {
  const book = new NameBook();
  book.assign([at(10, 0), at(20, 1)], NOW);
  const third = at(30, NOW);
  book.assign([at(10, 0), at(20, 1), third], NOW + MINUTE);
  expect(book.assign([at(20, 1), third], NOW + MINUTE)).toEqual(['orders-api-2', 'orders-api-3']);
});

it('tells a pid that is used again from who had it', () => {
  const book = new NameBook();
  book.assign([at(10, 1000), at(20, 2000)], NOW);
  expect(book.assign([at(10, 5000), at(20, 2000)], NOW)).toEqual(['orders-api', 'orders-api-2']);
});

it('gives each of two programs of one base name its own back', () => {
  const book = new NameBook();
  const [a, b] = ['/srv/a/server', '/srv/b/server'];
  expect(book.assign([at(1, 1000, a), at(2, 2000, b)], NOW)).toEqual(['server', 'server-2']);
  book.assign([], NOW);
  expect(book.assign([at(3, 3000, b), at(4, 4000, a)], NOW)).toEqual(['server-2', 'server']);
});

it('lets a new version of a program, in another folder, have the name', () => {
  const book = new NameBook();
  book.assign([at(1, 1000, '/srv/v1/server')], NOW);
  expect(book.assign([at(2, 2000, '/srv/v2/server')], NOW)).toEqual(['server']);
});

it('keeps names with a suffix within their bound', () => {
  const long = `/opt/${'x'.repeat(128)}`;
  const names = new NameBook().assign([at(1, 1, long), at(2, 2, long)], NOW);
  expect(names[1]).toBe(`${'x'.repeat(126)}-2`);
});
