import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOfLine,
  numberOfLine,
  pageBytesOfAuxv,
  parseStat,
  residentPagesOfStatm,
} from './linux-parse.js';

const REST =
  'S 10193 10193 5048 0 -1 4194304 101 55 7 0 12 30 0 0 20 0 9 0 183477 3133440 361 18446744073709551615 94340391710720 0\n';

describe('parseStat', () => {
  it('decodes the fields', () => {
    expect(parseStat(Buffer.from(`10203 (cat) ${REST}`))).toEqual({
      comm: 'cat',
      parentPid: 10193,
      minorFaults: 101,
      majorFaults: 7,
      cpuTicks: 42,
      threads: 9,
      startTicks: 183477,
      virtualBytes: 3133440,
    });
  });

  it.each(['a b', ')', 'x) S 1 1', '(', '((sd-pam))', 'new\nline', ''])('finds the name %j', (comm) => {
    expect(parseStat(Buffer.from(`1 (${comm}) ${REST}`))).toMatchObject({
      comm,
      threads: 9,
    });
  });

  it('refuses what is cut', () => {
    const whole = Buffer.from(`10203 (cat) ${REST}`);
    const needed = whole.indexOf(' 361');
    for (let length = 0; length <= needed; length++)
      expect(parseStat(whole.subarray(0, length))).toBeUndefined();
    expect(parseStat(whole.subarray(0, needed + 1))).toBeDefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseStat(Buffer.from(bytes))));
  });
});

it('takes the resident pages from statm', () => {
  expect(residentPagesOfStatm(Buffer.from('765 405 377 5 0 123 0\n'))).toBe(405);
  for (const text of ['', '765', '765 405']) expect(residentPagesOfStatm(Buffer.from(text))).toBeUndefined();
});

describe('lines', () => {
  const MEMINFO = Buffer.from(
    'SwapCached:        3 kB\nCached:  1605532 kB\nHugePages_Total:   0\nCommitLimit:   \n',
  );
  it('finds a key only where a line begins with it', () => {
    expect(bytesOfLine(MEMINFO, 'Cached:')).toBe(1605532 * 1024);
    expect(numberOfLine(MEMINFO, 'HugePages_Total:')).toBe(0);
    expect(numberOfLine(Buffer.from('pgmajfault_x 1\npgmajfault 1541\n'), 'pgmajfault ')).toBe(1541);
  });
  it('has no number where none stands', () => {
    for (const key of ['CommitLimit:', 'MemTotal:', 'wapCached:'])
      expect(numberOfLine(MEMINFO, key)).toBeUndefined();
    expect(numberOfLine(Buffer.alloc(0), 'Cached:')).toBeUndefined();
  });
});

describe('pageBytesOfAuxv', () => {
  it('finds the page size among the entries', () => {
    const auxv = Buffer.from(new BigUint64Array([33n, 0x7fff0000n, 6n, 65536n, 0n, 0n]).buffer);
    expect(pageBytesOfAuxv(auxv)).toBe(65536);
  });
  it('has none in an empty or cut vector', () => {
    expect(pageBytesOfAuxv(Buffer.alloc(0))).toBeUndefined();
    expect(pageBytesOfAuxv(Buffer.from([6, 0, 0, 0, 0, 0, 0, 0, 1]))).toBeUndefined();
  });
});
