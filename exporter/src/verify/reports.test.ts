import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { githubAnnotations, gitlabReport, pathInRepository, type RepositoryRoot } from './annotations.js';
import { junitReport } from './report-junit.js';
import { markdownReport } from './report-markdown.js';
import { textReport } from './report-text.js';
import { LEAKING } from './results.testing.js';

const ROOT: RepositoryRoot = {
  root: '/src/shop',
  module: 'example.com/shop',
  isFile: (relative) => relative === 'cache/put.go',
};

describe('pathInRepository', () => {
  it.each([
    ['/src/shop/cache/put.go', 'cache/put.go'],
    ['example.com/shop/cache/put.go', 'cache/put.go'],
    ['/build/elsewhere/cache/put.go', 'cache/put.go'],
    ['C:\\build\\shop\\cache\\put.go', 'cache/put.go'],
    ['/usr/local/go/src/bytes/buffer.go', undefined],
    ['/etc/passwd', undefined],
    ['', undefined],
  ])('%s', (file, found) => {
    expect(pathInRepository(file, ROOT)).toBe(found);
  });
});

it('writes annotations of GitHub, escaped', () => {
  expect(githubAnnotations(LEAKING, ROOT)).toBe(
    '::error file=cache/put.go,line=31,title=Leakline%3A heap leak::the live heap grows by 812 KiB/s; example.com/shop/cache.Put holds 98 %25 of the growth\n' +
      '::error title=Leakline%3A native leak::memory outside of Go grows <&> "fast"%0A100 %25, by::it\u0000self\n',
  );
});

it('writes a code quality report of GitLab', () => {
  const issues = JSON.parse(gitlabReport(LEAKING, ROOT)) as Record<string, unknown>[];
  expect(issues).toEqual([
    {
      description: LEAKING.failures[0]!.message,
      check_name: 'leakline_heap_leak',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      severity: 'critical',
      location: { path: 'cache/put.go', lines: { begin: 31 } },
    },
    expect.objectContaining({ location: { path: 'leakline-verify.yml', lines: { begin: 1 } } }),
  ]);
  expect(issues[0]!.fingerprint).not.toBe(issues[1]!.fingerprint);
});

it('writes JUnit XML that a parser reads', () => {
  const xml = junitReport(LEAKING);
  // Python's parser is strict and stands on every machine that has Wine's or Grafana's tools; see CONTRIBUTING.md.
  const script =
    'import sys,json,xml.etree.ElementTree as E;r=E.fromstring(sys.stdin.buffer.read());' +
    'print(json.dumps([[c.get("name"),[f.get("message") for f in c.findall("failure")]] for c in r.iter("testcase")]+[r.get("failures")]))';
  const read = JSON.parse(
    execFileSync('python3', ['-c', script], { input: xml, encoding: 'utf8' }),
  ) as unknown;
  expect(read).toEqual([
    ['live heap', [LEAKING.failures[0]!.message]],
    ['native leak', ['memory outside of Go grows <&> "fast"\n100 %, by::it\uFFFDself']],
    '2',
  ]);
});

it('writes Markdown that no name breaks out of', () => {
  const markdown = markdownReport(LEAKING);
  expect(markdown).toContain('## ❌ Leakline: shop\n\nA leak (watched for 3 min, 61 readings).');
  expect(markdown).toContain(
    '| `example.com/shop/cache.Put`<br>`/src/shop/cache/put.go:31` | 139 MiB | 98 % | 793 KiB/s | 812 B/operation |',
  );
  expect(markdown).toContain('``x\\|`<script>`\\|y``');
  expect(markdown).toContain('grows &lt;&amp;&gt; "fast"');
});

it('writes text for people, with colours only where asked for', () => {
  const text = textReport(LEAKING);
  expect(text).not.toContain('\u001b');
  expect(text).toContain('FAILED  shop: a leak (watched for 3 min, 61 readings)');
  expect(text).toContain('  at /src/shop/cache/put.go:31');
  expect(text).toContain('812 B/operation');
  expect(textReport(LEAKING, { colours: true })).toContain('\u001b[31m');
});
