import { expect, it } from 'vitest';
import { ByteLru } from './lru.js';

it('makes an answer once and forgets the least recently asked for', async () => {
  const made: string[] = [];
  const lru = new ByteLru<string>(10, (value) => value.length);
  const get = (key: string, value: string) =>
    lru.get(key, () => {
      made.push(key);
      return Promise.resolve(value);
    });
  await Promise.all([get('a', 'aaaa'), get('a', 'aaaa')]);
  await get('b', 'bbbb');
  await get('a', 'aaaa');
  await get('c', 'cccc');
  expect(lru.bytes).toBe(8);
  await get('a', 'aaaa');
  await get('b', 'bbbb');
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});

it('does not keep what is larger than all of it, nor a failure', async () => {
  const lru = new ByteLru<string>(10, (value) => value.length);
  expect(await lru.get('big', () => Promise.resolve('x'.repeat(11)))).toHaveLength(11);
  expect(lru.bytes).toBe(0);
  await expect(lru.get('bad', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await lru.get('bad', () => Promise.resolve('yes'))).toBe('yes');
});
