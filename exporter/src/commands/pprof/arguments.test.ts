import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';
import { sourceUrl } from './source-url.js';

describe('what stands after `leakline pprof`', () => {
  const cases: [string, Partial<ReturnType<typeof parseArguments>>][] = [
    ['-top heap.pb.gz', { command: 'top', sources: ['heap.pb.gz'] }],
    ['top heap.pb.gz', { command: 'top', sources: ['heap.pb.gz'] }],
    ['heap.pb.gz top', { command: 'top', sources: ['heap.pb.gz'] }],
    ['heap.pb.gz', { command: undefined, sources: ['heap.pb.gz'] }],
    ['heap.pb.gz -top', { command: 'top', sources: ['heap.pb.gz'] }],
    ['list main.grow heap.pb.gz', { command: 'list', pattern: 'main.grow', sources: ['heap.pb.gz'] }],
    ['heap.pb.gz list main.grow', { command: 'list', pattern: 'main.grow', sources: ['heap.pb.gz'] }],
    ['-list=main.grow heap.pb.gz', { command: 'list', pattern: 'main.grow', sources: ['heap.pb.gz'] }],
    ['growth a.pb.gz b.pb.gz', { command: 'growth', sources: ['a.pb.gz', 'b.pb.gz'] }],
    ['-top top', { command: 'top', sources: ['top'] }],
    ['-base old.pb.gz -top new.pb.gz', { command: 'top', sources: ['new.pb.gz'], bases: ['old.pb.gz'] }],
    ['-diff_base=old -top new', { command: 'top', sources: ['new'], bases: ['old'], keepBase: true }],
  ];

  it.each(cases)('%s', (line, expected) => {
    expect(parseArguments(line.split(' '))).toMatchObject(expected);
  });

  it('takes the number of rows with the report', () => {
    expect(parseArguments(['top20', 'heap.pb.gz']).settings.nodeCount).toBe(20);
  });

  it('takes how to fetch', () => {
    const { fetch } = parseArguments('-seconds 5 -timeout=9 -tls_ca ca.pem -top host:1'.split(' '));
    expect(fetch).toMatchObject({ seconds: 5, timeoutSeconds: 9, tlsCa: 'ca.pem' });
  });

  it.each([
    ['', 'no_source', 'no profile source specified: name a file or an address'],
    ['-top', 'no_source', 'no profile source specified: name a file or an address'],
    ['-top -svg x', 'two_commands', 'must set at most one output format'],
    ['-http=:8080 x', 'unsupported_flag', expect.stringContaining('-web opens the call graph')],
    ['weblist x y', 'unsupported_report', expect.stringContaining('-list')],
    ['-disasm=x y', 'unsupported_flag', expect.stringContaining('-list')],
    ['-seconds=x -top y', 'bad_value', 'seconds: "x" is not a number of seconds up to 86400'],
    ['-nodecunt=3 x', 'unknown_flag', 'flag provided but not defined: -nodecunt=3'],
    ['-base a -diff_base b -top c', 'two_bases', '-base and -diff_base flags cannot both be specified'],
  ])('refuses %j', (line, code, message) => {
    expect(() => parseArguments(line.split(' ').filter((word) => word !== ''))).toThrow(
      expect.objectContaining({ code, message, exitCode: 2 }),
    );
  });
});

describe('addresses', () => {
  it.each([
    ['localhost:6060', 'http://localhost:6060/debug/pprof/heap'],
    ['http://10.0.0.1:6060', 'http://10.0.0.1:6060/debug/pprof/heap'],
    ['http://10.0.0.1:6060/debug/pprof/', 'http://10.0.0.1:6060/debug/pprof/heap'],
    ['[::1]:6060/debug/pprof/allocs?gc=1', 'http://[::1]:6060/debug/pprof/allocs?gc=1'],
    ['https+insecure://host/debug/pprof/goroutine', 'https://host/debug/pprof/goroutine'],
  ])('%s', (source, href) => {
    expect(sourceUrl(source)?.url.href).toBe(href);
  });

  it('hold credentials apart', () => {
    const found = sourceUrl('http://me:s%20cret@host:1/x')!;
    expect(found).toMatchObject({ username: 'me', password: 's cret' });
    expect(found.url.href).toBe('http://host:1/x');
  });

  it.each([
    'heap.pb.gz',
    'C:\\profiles\\heap.pb.gz',
    'C:/heap',
    './a:1/b',
    '/tmp/localhost:6060',
    'ftp://x/y',
  ])('are not %s', (source) => {
    expect(sourceUrl(source)).toBeUndefined();
  });

  it('are refused where they are none', () => {
    expect(() => sourceUrl('http://')).toThrow(expect.objectContaining({ code: 'bad_source_url' }));
  });
});
