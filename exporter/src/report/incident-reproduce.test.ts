import { describe, expect, it } from 'vitest';
import type { ApiCapture, ApiIncident } from '../server/api.js';
import { reproduceOf, type IncidentPlace } from './incident-reproduce.js';

const INCIDENT = { id: '7f81b2c9d0e1a2b3' } as ApiIncident;
const capture = (id: string) => ({ id, kinds: ['heap'] }) as unknown as ApiCapture;
const [A, B] = [capture('a1'), capture('b2')];

const commandsOf = (place: IncidentPlace, compared: Parameters<typeof reproduceOf>[2] = [A, B]) =>
  reproduceOf(INCIDENT, [A, B], compared, place).flatMap(({ command }) => command?.split('\n') ?? []);

describe('the commands of a report', () => {
  it('ask the exporter that was asked', () => {
    const heap = (id: string) => `https://shop-7:9464/api/v1/captures/${id}/profiles/heap`;
    expect(commandsOf({ exporterUrl: 'https://shop-7:9464' })).toEqual([
      `go tool pprof -diff_base ${heap('a1')} ${heap('b2')}`,
      `curl -sfo first.pb.gz ${heap('a1')}`,
      `curl -sfo last.pb.gz ${heap('b2')}`,
      'leakline pprof growth first.pb.gz last.pb.gz',
      'leakline report 7f81b2c9d0e1a2b3 --url https://shop-7:9464 --report incident.html',
    ]);
  });

  it('leave out what is so by default, and compare nothing where one capture is all', () => {
    const place = { exporterUrl: 'http://127.0.0.1:9464' };
    expect(commandsOf(place, [undefined, undefined])).toEqual([
      'go tool pprof http://127.0.0.1:9464/api/v1/captures/b2/profiles/heap',
      'leakline report 7f81b2c9d0e1a2b3 --report incident.html',
    ]);
  });

  it.each([
    ['/var/lib/leakline', '/var/lib/leakline', '/var/lib/leakline/a1'],
    ["/home/o'neil/$(id)", "'/home/o'\\''neil/$(id)'", "'/home/o'\\''neil/$(id)/a1'"],
    ['C:\\Program Files\\state', '"C:\\Program Files\\state"', '"C:\\Program Files\\state/a1"'],
  ])('read the files in %s, quoted for a shell', (stateDir, dir, first) => {
    const commands = commandsOf({ stateDir, heapFile: (id) => `${stateDir}/${id}` });
    expect(commands).toEqual([
      `go tool pprof -diff_base ${first} ${first.replace('a1', 'b2')}`,
      `leakline pprof growth ${first} ${first.replace('a1', 'b2')}`,
      `leakline report 7f81b2c9d0e1a2b3 --state-dir ${dir} --report incident.html`,
    ]);
  });
});
