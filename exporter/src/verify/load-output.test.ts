// Outputs in the form of the tools' own documentation; numbers shortened.

import { expect, it } from 'vitest';
import { countOperations } from './load-output.js';

const OUTPUTS: [string, number, string][] = [
  [
    'hey',
    2010,
    `
Summary:
  Total:	1.8400 secs
  Requests/sec:	1092.3913

Status code distribution:
  [200]	2000 responses
  [503]	10 responses
`,
  ],
  [
    'wrk',
    22464657,
    `Running 30s test @ http://127.0.0.1:8080/index.html
  12 threads and 400 connections
  22464657 requests in 30.00s, 17.76GB read
Requests/sec: 748868.53
`,
  ],
  [
    'k6',
    1530,
    `
     checks.........................: 100.00% ✓ 1530 ✗ 0
     http_reqs......................: 1530   152.9/s
     iterations.....................: 765    76.4/s
`,
  ],
  ['k6', 765, '    iterations...........................: 765    76.4/s\n'],
  ['ab', 1000, 'Concurrency Level:      10\nComplete requests:      1000\nFailed requests:        0\n'],
  [
    'bombardier',
    1040,
    `  Latency        1.00ms
  HTTP codes:
    1xx - 0, 2xx - 1000, 3xx - 0, 4xx - 0, 5xx - 40
    others - 0
  Throughput:    13.90MB/s
`,
  ],
  [
    'vegeta',
    1200,
    'Requests      [total, rate, throughput]  1200, 120.00, 65.87\nDuration      [total]  10.09s\n',
  ],
  ['autocannon', 12000, '12k requests in 10.02s, 2.1 MB read\n'],
];

it.each(OUTPUTS)('%s: %i', (source, count, output) => {
  expect(countOperations(output)).toEqual({ source, count });
});

it('reads what a pattern names, and nothing from what it does not know', () => {
  expect(countOperations('sent 1,234 orders\n', 'sent ([\\d,]+) orders')).toMatchObject({ count: 1234 });
  expect(countOperations('sent 12 orders\n', 'got (\\d+)')).toBeUndefined();
  expect(countOperations('done in 3 s\n')).toBeUndefined();
});
