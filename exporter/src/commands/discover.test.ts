import { expect, it } from 'vitest';
import { discoverJson, discoverText, type DiscoverFound } from './discover.js';

const FOUND: DiscoverFound = {
  processCount: 120,
  probed: true,
  unread: [],
  found: [
    {
      name: 'orders-api',
      pid: 4242,
      startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      executable: '/opt/orders-api',
      go: { goVersion: 'go1.22.1', module: 'example.com/orders', moduleVersion: 'v1.4.2', revision: 'abc' },
      pprofUrl: 'http://127.0.0.1:6060/debug/pprof/',
      reading: {
        pid: 4242,
        startedAtMs: 0,
        name: 'orders-api',
        workingSetBytes: 2 ** 30,
        privateWorkingSetBytes: 412 * 2 ** 20,
      },
    },
    { name: 'old', pid: 7, startedAtMs: 0, go: { goVersion: 'go1.13' }, reading: undefined },
  ],
};

it('aligns what it found, and says what is missing', () => {
  expect(discoverText(FOUND)).toBe(
    [
      'NAME         PID  GO      MODULE              VERSION   MEMORY  PPROF',
      'orders-api  4242  1.22.1  example.com/orders  v1.4.2   412 MiB  http://127.0.0.1:6060/debug/pprof/',
      'old            7  1.13    -                   -              -  -',
      '',
      '1 process serves no pprof on loopback. To profile one, import _ "net/http/pprof" and listen on 127.0.0.1:6060, or name its address in leakline.yml (targets: pprof).',
      '',
    ].join('\n'),
  );
});

it('says so where nothing was found or nobody was asked', () => {
  expect(discoverText({ ...FOUND, found: [] })).toBe(
    'No Go process among the 120 processes that this user sees.\n',
  );
  const unread = [{ pid: 1, name: 'x', reason: 'denied' as const, message: 'no' }];
  expect(discoverText({ ...FOUND, found: [], unread })).toContain('1 process could not be looked into');
  expect(discoverText({ ...FOUND, probed: false })).toContain('Nobody was asked for pprof (--no-probe).');
});

it('prints the form of the API as JSON', () => {
  expect(JSON.parse(discoverJson(FOUND))).toEqual({
    items: [
      {
        name: 'orders-api',
        pid: 4242,
        executable: '/opt/orders-api',
        pprofUrl: 'http://127.0.0.1:6060/debug/pprof/',
        startedAt: '2026-01-02T03:04:05.000Z',
        goVersion: 'go1.22.1',
        module: 'example.com/orders',
        moduleVersion: 'v1.4.2',
        revision: 'abc',
        privateWorkingSetBytes: 412 * 2 ** 20,
        workingSetBytes: 2 ** 30,
      },
      { name: 'old', pid: 7, startedAt: '1970-01-01T00:00:00.000Z', goVersion: 'go1.13' },
    ],
    next: null,
  });
});
