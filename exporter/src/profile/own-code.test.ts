import { describe, expect, it } from 'vitest';
import { isStandardLibrary, ownCode, packageOf } from './own-code.js';

describe('package of a function', () => {
  it.each([
    ['main.main', 'main'],
    ['main.(*SessionCache).Put', 'main'],
    ['main.leak.func1.2', 'main'],
    ['runtime.gopark', 'runtime'],
    ['net/http.(*conn).serve', 'net/http'],
    ['example.com/shop/cache.(*Store[go.shape.string,github.com/a/b.T]).Put', 'example.com/shop/cache'],
    ['example.com/shop/cache.Keep[...]', 'example.com/shop/cache'],
    ['gopkg.in/yaml%2ev3.(*parser).parse', 'gopkg.in/yaml.v3'],
    ['vendor/golang.org/x/net/http2/hpack.init', 'vendor/golang.org/x/net/http2/hpack'],
    ['_cgo_panic', ''],
    ['', ''],
  ])('%s: %s', (name, expected) => {
    expect(packageOf(name)).toBe(expected);
  });
});

describe('standard library', () => {
  it.each([
    ['encoding/json', true],
    ['runtime', true],
    ['internal/poll', true],
    ['vendor/golang.org/x/net/http2/hpack', true],
    ['main', false],
    ['shop/cache', false],
    ['github.com/prometheus/client_golang', false],
  ])('%s: %s', (path, expected) => {
    expect(isStandardLibrary(path)).toBe(expected);
  });
});

describe('own code', () => {
  it.each([
    [undefined, 'main.leak', '/home/u/shop/main.go', true],
    [undefined, 'example.com/shop/cache.Put', '/home/u/shop/cache/cache.go', true],
    [undefined, 'example.com/shop/cache.Put', 'example.com/shop/cache/cache.go', true],
    [undefined, 'github.com/a/b.New', '/home/dev/go/pkg/mod/github.com/a/b@v1.2.3/b.go', false],
    [undefined, 'github.com/a/b.New', 'C:\\Users\\u\\go\\pkg\\mod\\github.com\\a\\b@v1.2.3\\b.go', false],
    [undefined, 'github.com/a/b.New', '/home/u/shop/vendor/github.com/a/b/b.go', false],
    [undefined, 'encoding/json.Marshal', '/usr/local/go/src/encoding/json/encode.go', false],
    ['example.com/shop', 'main.leak', '/home/u/shop/main.go', true],
    ['example.com/shop', 'example.com/shop.Put', 'x.go', true],
    ['example.com/shop', 'example.com/shop/cache.Put', 'x.go', true],
    ['example.com/shop', 'example.com/shopping.Put', 'x.go', false],
    ['example.com/shop', 'github.com/a/b.New', 'x.go', false],
  ])('module %s: %s in %s: %s', (module, name, file, expected) => {
    expect(ownCode(module)(name, file)).toBe(expected);
  });
});
