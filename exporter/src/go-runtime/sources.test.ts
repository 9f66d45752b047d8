// The parsers of the three sources against bodies that real programs wrote (testdata/), and against bytes that none would.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaklineError } from '../errors.js';
import { parseExpvar } from './expvar.js';
import { FOOTER_MAX_BYTES, Tail, parseHeapText } from './heap-text.js';
import { topLevelValue } from './json-scan.js';
import { UNLIMITED, pausesNewestFirst } from './numbers.js';
import { goroutineCount } from './pprof-index.js';
import { PrometheusText } from './prometheus-text.js';
import type { GoRuntimeReading } from './types.js';

const recorded = (name: string) => readFileSync(path.join(import.meta.dirname, 'testdata', name));

function parsePrometheus(body: Buffer, chunkBytes = body.length): GoRuntimeReading {
  const text = new PrometheusText();
  for (let at = 0; at < body.length; at += chunkBytes) text.push(body.subarray(at, at + chunkBytes));
  return text.reading();
}

function parseHeap(body: Buffer, chunkBytes = body.length): GoRuntimeReading {
  const tail = new Tail(FOOTER_MAX_BYTES);
  for (let at = 0; at < body.length; at += chunkBytes) tail.push(body.subarray(at, at + chunkBytes));
  return parseHeapText(tail.text());
}

describe('heap?debug=1', () => {
  it('reads every field of the footer of a real Prometheus', () => {
    expect(parseHeap(recorded('prometheus-heap-debug1.txt'))).toEqual({
      source: 'heap_text',
      heapAllocBytes: 17957512,
      totalAllocBytes: 30064456,
      sysBytes: 37074184,
      lookups: 0,
      mallocs: 166480,
      frees: 92078,
      heapSysBytes: 24444928,
      heapIdleBytes: 3932160,
      heapInuseBytes: 20512768,
      heapReleasedBytes: 3096576,
      heapObjects: 74402,
      stackInuseBytes: 720896,
      stackSysBytes: 720896,
      mspanInuseBytes: 172800,
      mspanSysBytes: 178992,
      mcacheInuseBytes: 2400,
      mcacheSysBytes: 15600,
      buckHashSysBytes: 1457415,
      gcSysBytes: 9724328,
      otherSysBytes: 532025,
      nextGcBytes: 21893304,
      lastGcAtSeconds: 1795421100.787887,
      gcPausesSeconds: [108049e-9, 74581e-9, 36126e-9, 21418e-9, 250892e-9, 306680e-9],
      gcCount: 6,
      forcedGcCount: 2,
      gcCpuFraction: 0.00026519053825742154,
    });
  });

  it.each([1, 7, 1000, 100_000])('needs no more than the end of the body, in chunks of %i bytes', (size) => {
    const body = recorded('prometheus-heap-debug1.txt');
    const long = Buffer.concat([Buffer.alloc(200_000, '0: 0 [1: 2] @ 0x1\n'), body]);
    expect(parseHeap(long, size)).toEqual(parseHeap(body));
  });

  it.each(['go1.19', 'go1.26'])('reads %s with GOGC=off and before the first collection', (version) => {
    const reading = parseHeap(recorded(`heap-debug1-${version}-gogc-off.txt`));
    expect(reading.nextGcBytes).toBeGreaterThan(UNLIMITED);
    const text = recorded(`heap-debug1-${version}.txt`)
      .toString()
      .replace(/LastGC = \d+/, 'LastGC = 0');
    expect(parseHeapText(text).lastGcAtSeconds).toBeUndefined();
  });

  it.each([
    ['nothing', '', 'heap?debug=1: has no footer with runtime.MemStats, or is cut short'],
    [
      'another page',
      '<html>login</html>',
      'heap?debug=1: has no footer with runtime.MemStats, or is cut short',
    ],
    ['a footer cut short', '# runtime.MemStats\n# HeapAlloc = 17', 'heap?debug=1: the footer is cut short'],
    [
      'a wrong number',
      '# runtime.MemStats\n# HeapAlloc = -1\n',
      'heap?debug=1: HeapAlloc is no size or count',
    ],
    [
      'a number of 400 digits',
      `# runtime.MemStats\n# Sys = ${'9'.repeat(400)}\n`,
      'heap?debug=1: Sys is no size or count',
    ],
    ['half a pair', '# runtime.MemStats\n# Stack = 7\n', 'heap?debug=1: Stack is not "inuse / sys"'],
    ['a broken list', '# runtime.MemStats\n# PauseNs = [1 x]\n', 'heap?debug=1: PauseNs is no list'],
    [
      'no heap',
      '# runtime.MemStats\n# GCCPUFraction = 0\n',
      'heap?debug=1: holds no memory statistics of a Go program',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseHeapText(text)).toThrow(
      expect.objectContaining({ code: 'runtime_unreadable', message }),
    );
  });
});

describe('expvar', () => {
  it.each(['go1.19', 'go1.19-gogc-off', 'go1.26', 'go1.26-gogc-off'])('reads all of %s', (version) => {
    const body = recorded(`expvar-${version}.json`);
    const raw = JSON.parse(body.toString()).memstats;
    const reading = parseExpvar(body);
    expect(reading).toMatchObject({
      source: 'expvar',
      heapAllocBytes: raw.HeapAlloc,
      totalAllocBytes: raw.TotalAlloc,
      sysBytes: raw.Sys,
      mallocs: raw.Mallocs,
      frees: raw.Frees,
      lookups: raw.Lookups,
      heapSysBytes: raw.HeapSys,
      heapIdleBytes: raw.HeapIdle,
      heapInuseBytes: raw.HeapInuse,
      heapReleasedBytes: raw.HeapReleased,
      heapObjects: raw.HeapObjects,
      stackInuseBytes: raw.StackInuse,
      stackSysBytes: raw.StackSys,
      mspanInuseBytes: raw.MSpanInuse,
      mspanSysBytes: raw.MSpanSys,
      mcacheInuseBytes: raw.MCacheInuse,
      mcacheSysBytes: raw.MCacheSys,
      buckHashSysBytes: raw.BuckHashSys,
      gcSysBytes: raw.GCSys,
      otherSysBytes: raw.OtherSys,
      nextGcBytes: raw.NextGC,
      lastGcAtSeconds: raw.LastGC / 1e9,
      gcPauseTotalSeconds: raw.PauseTotalNs / 1e9,
      gcCount: 300,
      forcedGcCount: 300,
      gcCpuFraction: raw.GCCPUFraction,
    });
    expect(reading.gcPausesSeconds).toHaveLength(256);
    expect(reading.gcPausesSeconds![0]).toBe(raw.PauseNs[299 % 256] / 1e9);
    expect(reading.gcPausesSeconds![255]).toBe(raw.PauseNs[44] / 1e9);
  });

  it('keeps nothing of the command line and of other variables', () => {
    const text = JSON.stringify(parseExpvar(recorded('expvar-go1.19.json')));
    expect(text).not.toMatch(/secret|token|password|record/);
  });

  it('reads numbers as large as 2^63', () => {
    const body = '{"memstats":{"HeapAlloc":9223372036854775807,"NextGC":18446744073709551615}}';
    expect(parseExpvar(Buffer.from(body))).toEqual({
      source: 'expvar',
      heapAllocBytes: 2 ** 63,
      nextGcBytes: 2 ** 64,
    });
  });

  const none = '/debug/vars: is not the JSON that expvar writes, or has no "memstats"';
  it.each([
    ['nothing', '', none],
    ['another page', '<html>', none],
    ['an empty object', '{}', none],
    ['a list', '[{"memstats": {}}]', none],
    ['a body cut short', '{"cmdline": ["x"], "memstats": {"HeapAlloc": 1', none],
    ['a key only deeper', '{"a": {"memstats": {"HeapAlloc": 1}}}', none],
    ['broken JSON', '{"memstats": {"HeapAlloc" 1}}', '/debug/vars: "memstats" is broken JSON'],
    ['another type', '{"memstats": 7}', '/debug/vars: "memstats" is not runtime.MemStats'],
    ['a negative', '{"memstats": {"HeapAlloc": -5}}', '/debug/vars: HeapAlloc is no size or count'],
    ['an infinity', '{"memstats": {"HeapAlloc": 1e999}}', '/debug/vars: HeapAlloc is no size or count'],
    ['a text', '{"memstats": {"HeapAlloc": "1"}}', '/debug/vars: HeapAlloc is no size or count'],
    ['no heap', '{"memstats": {"Sys": 1}}', '/debug/vars: holds no memory statistics of a Go program'],
    [
      'a ring that is too long',
      `{"memstats": {"HeapAlloc": 1, "PauseNs": [${'0,'.repeat(300)}0]}}`,
      '/debug/vars: "memstats" is not runtime.MemStats',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseExpvar(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'runtime_unreadable', message }),
    );
  });
});

describe('topLevelValue', () => {
  it('finds what JSON.parse finds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()),
        fc.constantFrom(0, 2),
        fc.string(),
        (object, indent, missing) => {
          const parsed = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
          const body = Buffer.from(JSON.stringify(parsed, null, indent));
          for (const key of [...Object.keys(parsed), missing]) {
            const bytes = topLevelValue(body, key);
            if (!Object.hasOwn(parsed, key)) expect(bytes).toBeUndefined();
            else expect(JSON.parse(bytes!.toString())).toEqual(parsed[key]);
          }
        },
      ),
    );
  });
});

describe('a Prometheus endpoint', () => {
  it('reads every field of a real Prometheus', () => {
    expect(parsePrometheus(recorded('metrics-prometheus-2.42.txt'))).toEqual({
      source: 'prometheus',
      goVersion: 'go1.19.8',
      goroutines: 27,
      threads: 8,
      heapAllocBytes: 8051888,
      totalAllocBytes: 13190592,
      sysBytes: 23966984,
      lookups: 0,
      mallocs: 97528,
      frees: 42846,
      heapSysBytes: 11993088,
      heapIdleBytes: 1695744,
      heapInuseBytes: 10297344,
      heapReleasedBytes: 1048576,
      heapObjects: 54682,
      stackInuseBytes: 589824,
      stackSysBytes: 589824,
      mspanInuseBytes: 129312,
      mspanSysBytes: 130176,
      mcacheInuseBytes: 2400,
      mcacheSysBytes: 15600,
      buckHashSysBytes: 1451079,
      gcSysBytes: 9311024,
      otherSysBytes: 476193,
      nextGcBytes: 16378496,
      lastGcAtSeconds: 1795433986.3055143,
      gcPauseTotalSeconds: 0.000372722,
      gcCount: 4,
    });
  });

  it('reads GOGC and GOMEMLIMIT, off and on', () => {
    const off = parsePrometheus(recorded('metrics-go1.26-gogc-off.txt'));
    expect(off).toMatchObject({ gogcPercent: -1, goMemLimitBytes: 2 ** 30, goVersion: 'go1.26.8' });
    const on = parsePrometheus(recorded('metrics-go1.26.txt'));
    expect(on.gogcPercent).toBe(100);
    expect(on.goMemLimitBytes).toBeUndefined();
  });

  it.each([1, 3, 64, 5000])('reads the same in chunks of %i bytes', (size) => {
    const body = recorded('metrics-prometheus-2.42.txt');
    expect(parsePrometheus(body, size)).toEqual(parsePrometheus(body));
  });

  it('reads labels, timestamps, carriage returns, no last line break, and OpenMetrics', () => {
    const body = [
      'go_memstats_heap_alloc_bytes{app="x y",path="a} 7"} 5e+06 1795433986305\r',
      'go_info{app="x",version="go1.26.1 X:nogreenteagc"} 1',
      'go_memstats_last_gc_time_seconds 0',
      'go_goroutines 12',
      '# EOF',
    ].join('\n');
    expect(parsePrometheus(Buffer.from(body))).toEqual({
      source: 'prometheus',
      heapAllocBytes: 5_000_000,
      goroutines: 12,
      goVersion: 'go1.26.1 X:nogreenteagc',
    });
  });

  it('skips lines that are too long, also when they come in pieces', () => {
    const long = `go_goroutines{x="${'y'.repeat(10_000)}"} 1\n`;
    const body = Buffer.from(`${long}go_goroutines 2\n${'z'.repeat(9000)}\ngo_memstats_heap_alloc_bytes 3\n`);
    for (const size of [body.length, 100]) {
      expect(parsePrometheus(body, size)).toMatchObject({ goroutines: 2, heapAllocBytes: 3 });
    }
  });

  it.each([
    ['nothing', '', 'the Prometheus endpoint: holds no memory statistics of a Go program'],
    [
      'other metrics',
      'up 1\nhttp_requests_total 5\n',
      'the Prometheus endpoint: holds no memory statistics of a Go program',
    ],
    [
      'several programs',
      'go_memstats_heap_alloc_bytes{instance="a"} 1\ngo_memstats_heap_alloc_bytes{instance="b"} 2\n',
      'the Prometheus endpoint: go_memstats_heap_alloc_bytes stands there more than once: is it of several programs?',
    ],
    ['NaN', 'go_goroutines NaN\n', 'the Prometheus endpoint: go_goroutines is no size or count'],
    ['a word', 'go_goroutines 0x10\n', 'the Prometheus endpoint: go_goroutines is no size or count'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parsePrometheus(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'runtime_unreadable', message }),
    );
  });
});

describe('the index of pprof', () => {
  it.each([
    ['index-go1.19.html', 41],
    ['index-go1.26.html', 41],
  ])('%s', (file, count) => {
    expect(goroutineCount(recorded(file))).toBe(count);
  });

  it('reads the page of Go 1.10, and nothing from other pages', () => {
    expect(
      goroutineCount(Buffer.from('<tr><td align=right>7<td><a href="goroutine?debug=1">goroutine</a>')),
    ).toBe(7);
    expect(
      goroutineCount(Buffer.from("<td>-5</td><td><a href='heap?debug=1'>goroutine?debug=1</a>")),
    ).toBeUndefined();
    expect(
      goroutineCount(Buffer.from(`<td>${'9'.repeat(30)}</td><td><a href='goroutine?debug=1'>`)),
    ).toBeUndefined();
  });
});

describe('pausesNewestFirst', () => {
  it('unrolls the ring before and after it is full', () => {
    expect(pausesNewestFirst([1e9, 2e9, 0, 0], 2)).toEqual([2, 1]);
    expect(pausesNewestFirst([5e9, 2e9, 3e9, 4e9], 5)).toEqual([5, 4, 3, 2]);
    expect(pausesNewestFirst([0, 0], 0)).toEqual([]);
    expect(pausesNewestFirst([], 7)).toEqual([]);
  });
});

it('bytes that no program would write make one clear error or a reading, never anything else', () => {
  const bodies = ['expvar-go1.19.json', 'metrics-go1.26.txt', 'heap-debug1-go1.19.txt'].map(recorded);
  const damaged = fc
    .tuple(fc.constantFrom(...bodies), fc.nat(), fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 60 }))
    .map(([body, place, bytes, cut]) => {
      const at = place % body.length;
      return Buffer.concat([body.subarray(0, at), bytes, body.subarray(at + cut)]);
    });
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b)),
      ),
      (body) => {
        for (const parse of [parseExpvar, parsePrometheus, parseHeap]) {
          try {
            const reading = parse(body);
            for (const value of Object.values(reading)) {
              if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(LeaklineError);
            expect((error as LeaklineError).message).toMatch(/^[\x20-\x7e]{1,200}$/);
          }
        }
        expect(['number', 'undefined']).toContain(typeof goroutineCount(body));
      },
    ),
    { numRuns: 200 },
  );
});
