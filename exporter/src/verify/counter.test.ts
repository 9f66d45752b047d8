import fc from 'fast-check';
import { expect, it } from 'vitest';
import { counterIn } from './counter.js';

const METRICS = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{code="200",path="/a b}"} 100 1700000000000
http_requests_total{code="500"} 2.5e1
http_requests_total_sum 9
up 1
`;

it.each([
  ['all label sets together', METRICS, 'http_requests_total', 125],
  ['one without labels', METRICS, 'up', 1],
  ['none', METRICS, 'http_requests', undefined],
  ['a number of expvar', '{"cmdline": [], "requests": 7}', 'requests', 7],
  ['a number inside', '{"http": {"requests": {"total": 8}}}', 'http.requests.total', 8],
  ['a name with dots', '{"http.requests": 9}', 'http.requests', 9],
  ['no number', '{"requests": "7"}', 'requests', undefined],
  ['nothing inherited', '{}', 'constructor.name', undefined],
  ['a page that is none', '{"requests": ', 'requests', undefined],
])('reads %s', (_, page, name, value) => {
  expect(counterIn(page, name)).toBe(value);
});

it('holds out against any page', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (page, name) => {
      const value = counterIn(page, name);
      expect(value === undefined || Number.isFinite(value)).toBe(true);
    }),
  );
});
