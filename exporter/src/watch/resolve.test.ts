import { expect, test } from 'vitest';
import { targetSchema } from '../config/schema.js';
import { isWanted, resolveTargets, type DiscoveredProcess, type ResolveInput } from './resolve.js';

const orders: DiscoveredProcess = {
  name: 'orders-api',
  pid: 10,
  startedAtMs: 1_000,
  executable: '/opt/orders-api',
  go: { goVersion: 'go1.22.1', module: 'example.com/orders' },
  pprofUrl: 'http://127.0.0.1:6060/debug/pprof/',
};
const younger: DiscoveredProcess = {
  ...orders,
  name: 'orders-api-2',
  pid: 11,
  startedAtMs: 2_000,
  pprofUrl: undefined,
};

function resolve(input: Partial<ResolveInput> & { targets?: object[] }) {
  return resolveTargets({
    configured: (input.targets ?? []).map((target) => targetSchema.parse(target)),
    discovered: [orders],
    include: [],
    exclude: [],
    readPidFile: () => undefined,
    ...input,
  });
}

test('every discovered process is a target of its own name', () => {
  expect(resolve({ discovered: [younger, orders] }).map(({ name, pid }) => [name, pid])).toEqual([
    ['orders-api', 10],
    ['orders-api-2', 11],
  ]);
});

test.each([
  ['executable by name', { executable: 'orders-api' }],
  ['executable by path', { executable: '/opt/orders-api' }],
  ['executable of Windows', { executable: 'orders-api.exe' }],
  ['module', { module: 'example.com/orders' }],
  ['its pprof address', { pprof: 'http://localhost:6060/debug/pprof' }],
])('a configured target is matched by %s and takes the place of the discovered one', (_, match) => {
  const specs = resolve({ targets: [{ name: 'shop', ...match, labels: { team: 'a' } }] });
  expect(specs).toHaveLength(1);
  expect(specs[0]).toMatchObject({ name: 'shop', origin: 'config', pid: 10, labels: { team: 'a' } });
});

test('a pid file names the process', () => {
  const specs = resolve({
    discovered: [orders, younger],
    targets: [{ name: 'second', pidFile: '/run/second.pid' }],
    readPidFile: () => 11,
  });
  expect(specs.map(({ name, pid }) => [name, pid])).toEqual([
    ['second', 11],
    ['orders-api', 10],
  ]);
});

test('a remote address is a target without a process', () => {
  const specs = resolve({
    discovered: [],
    targets: [{ name: 'far', pprof: 'http://10.0.0.9:6060/debug/pprof' }],
  });
  expect(specs[0]).toMatchObject({
    name: 'far',
    pid: undefined,
    pprofUrl: 'http://10.0.0.9:6060/debug/pprof/',
  });
});

test('the configured name wins over the discovered one', () => {
  const specs = resolve({ targets: [{ name: 'orders-api', pprof: 'http://10.0.0.9:6060/debug/pprof/' }] });
  expect(specs.map(({ name }) => name)).toEqual(['orders-api', 'orders-api-2']);
});

test('include and exclude are patterns over names', () => {
  expect(isWanted('orders-api', { include: ['orders-*'], exclude: [] })).toBe(true);
  expect(isWanted('orders-api', { include: [], exclude: ['*-api'] })).toBe(false);
  expect(isWanted('ordersXapi', { include: ['orders.api'], exclude: [] })).toBe(false);
});
