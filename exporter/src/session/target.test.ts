import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { nearNames } from './near-names.js';
import { parseSessionTarget } from './target.js';

const url = (text: string) => ({ kind: 'url', url: text });

describe('parseSessionTarget', () => {
  it.each([
    ['4711', { kind: 'pid', pid: 4711 }],
    [' 4711 ', { kind: 'pid', pid: 4711 }],
    ['http://127.0.0.1:6060/debug/pprof/', url('http://127.0.0.1:6060/debug/pprof/')],
    ['http://127.0.0.1:6060/debug/pprof', url('http://127.0.0.1:6060/debug/pprof/')],
    ['http://127.0.0.1:6060', url('http://127.0.0.1:6060/debug/pprof/')],
    ['http://127.0.0.1:6060/debug/pprof/heap?debug=1#top', url('http://127.0.0.1:6060/debug/pprof/')],
    ['https://orders.example.com/internal/pprof', url('https://orders.example.com/internal/pprof/')],
    ['orders-api:6060', url('http://orders-api:6060/debug/pprof/')],
    [':6060', url('http://127.0.0.1:6060/debug/pprof/')],
    ['[::1]:6060', url('http://[::1]:6060/debug/pprof/')],
    ['10.0.0.7:6060/debug/pprof/goroutine', url('http://10.0.0.7:6060/debug/pprof/')],
    [
      'https://ops:s%20cret@orders.example.com',
      {
        kind: 'url',
        url: 'https://orders.example.com/debug/pprof/',
        basicAuth: { username: 'ops', password: 's cret' },
      },
    ],
    ['orders-api', { kind: 'name', name: 'orders-api' }],
    ['orders-api-2', { kind: 'name', name: 'orders-api-2' }],
    ['Orders.exe', { kind: 'name', name: 'Orders.exe' }],
  ])('%s', (text, target) => expect(parseSessionTarget(text)).toEqual(target));

  it.each([
    ['', '"" is empty'],
    ['0', '"0" is no process id: it must be 1 to 4294967295'],
    ['99999999999', '"99999999999" is no process id: it must be 1 to 4294967295'],
    ['-1', '"-1" is neither a process id nor a name'],
    ['ftp://host/', '"ftp://host/" begins with ftp://: it must begin with http:// or https://'],
    ['http://', '"http://" is no address: it must be like http://127.0.0.1:6060/debug/pprof/'],
    ['host:99999', '"host:99999" has no port of 1 to 65535'],
    [
      './orders',
      '"./orders" is no process id, no address such as http://127.0.0.1:6060/debug/pprof/, and no name',
    ],
    [
      'https://ops:secret@[bad/',
      '"https://…@[bad/" is no address: it must be like http://127.0.0.1:6060/debug/pprof/',
    ],
  ])('refuses %j', (text, message) => {
    expect(() => parseSessionTarget(text)).toThrow(new UsageError('bad_target', message));
  });
});

describe('nearNames', () => {
  const names = ['orders-api', 'orders-api-2', 'billing', 'gateway', 'prometheus'];
  it.each([
    ['order-api', ['orders-api', 'orders-api-2']],
    ['ORDERS', ['orders-api', 'orders-api-2']],
    ['biling', ['billing']],
    ['prometheus-server', ['prometheus']],
    ['x', []],
    ['nothing-like-it', []],
  ])('%s', (wanted, near) => expect(nearNames(wanted, names)).toEqual(near));
});
