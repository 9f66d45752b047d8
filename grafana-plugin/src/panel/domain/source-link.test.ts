import { expect, it } from 'vitest';
import { sourceLink } from './source-link';

const source = {
  pattern: 'https://github.com/acme/shop/blob/{revision}/{path}#L{line}',
  revision: 'abc123',
  module: 'github.com/acme/shop/v2',
};

it.each([
  ['github.com/acme/shop/v2/cache/store.go', 'https://github.com/acme/shop/blob/abc123/cache/store.go#L7'],
  ['/home/x/shop/cache/a b.go', 'https://github.com/acme/shop/blob/abc123/cache/a%20b.go#L7'],
  ['C:\\src\\shop\\main.go', 'https://github.com/acme/shop/blob/abc123/main.go#L7'],
  ['/usr/local/go/src/net/http/server.go', null],
])('of %s', (file, link) => expect(sourceLink(source, file, 7)).toBe(link));

it('is of every module that is named after its repository', () => {
  const pattern = 'https://{module}/-/blob/{revision}/{path}#L{line}';
  expect(sourceLink({ ...source, pattern }, 'github.com/acme/shop/v2/cache/store.go', 7)).toBe(
    'https://github.com/acme/shop/-/blob/abc123/cache/store.go#L7',
  );
});

it('is none without a pattern, and never a script', () => {
  const file = 'github.com/acme/shop/v2/main.go';
  expect(sourceLink({ ...source, pattern: '' }, file, 7)).toBeNull();
  expect(sourceLink({ ...source, pattern: 'javascript:alert(1)//{path}' }, file, 7)).toBeNull();
  expect(sourceLink({ ...source, revision: '' }, file, 7)).toContain('/blob/HEAD/main.go');
});
