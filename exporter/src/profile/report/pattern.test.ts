import { describe, expect, it } from 'vitest';
import { compile, compilePattern } from './pattern.js';

describe('patterns', () => {
  it.each([
    ['http|main\\.', 'net/http.serve', true],
    ['(?i)PROM', 'github.com/prometheus', true],
    ['(?i:new)Writer', 'flate.NewWriter', true],
    ['^runtime\\.', 'net/runtime.x', false],
    ['[[:alpha:]]+\\pL$', 'main', true],
    ['\\Q(*T)\\E', 'main.(*T).f', true],
    ['(?P<type>T)', 'main.T', true],
    ['a|b', 'xbx', true],
  ])('%s on %s', (pattern, text, expected) => {
    expect(compile('focus', pattern)(text)).toBe(expected);
  });

  it.each([
    ['(?=a)', 'parsing focus regexp: error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['a**', 'parsing focus regexp: error parsing regexp: invalid nested repetition operator: `**`'],
    ['(', 'parsing focus regexp: error parsing regexp: missing closing ): `(`'],
  ])('says of %s what Go says', (pattern, message) => {
    expect(() => compile('focus', pattern)).toThrow(message);
  });

  it('is bounded in length', () => {
    expect(() => compile('focus', 'a'.repeat(5000))).toThrow(/4096 is the most/);
  });

  it('takes time linear in the text where backtracking would never end', () => {
    const matches = compile('focus', '(a+)+(b+)+$');
    expect(matches('a'.repeat(20_000))).toBe(false);
  });

  it('is nothing where it is empty', () => {
    expect(compilePattern('focus', '')).toBeUndefined();
  });
});
