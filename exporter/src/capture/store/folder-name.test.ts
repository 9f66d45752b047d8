import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderOfCapture, folderOfTarget, idOfFolder } from './folder-name.js';

describe('folderOfTarget', () => {
  it.each([
    ['orders-api', 'orders-api'],
    ['orders.exe', 'orders.exe'],
    ['my app', 'my%20app'],
    ['../../etc', '%2E.%2F..%2Fetc'],
    ['C:\\go\\app', 'C%3A%5Cgo%5Capp'],
    ['CON', '%43ON'],
    ['nul.txt', '%6Eul.txt'],
    ['dot.', 'dot%2E'],
    ['é', '%C3%A9'],
  ])('%j is %s', (target, folder) => {
    expect(folderOfTarget(target)).toBe(folder);
  });

  it('is one safe name, and another for another target', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        expect(folderOfTarget(a)).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9._%~-]{0,120}$/);
        if (a !== b) expect(folderOfTarget(a)).not.toBe(folderOfTarget(b));
      }),
    );
  });
});

describe('folderOfCapture', () => {
  it('sorts by time and gives the id back', () => {
    const folder = folderOfCapture('2026-06-01T12:34:56.789Z', '0a1b2c3d4e5f6071');
    expect(folder).toBe('20260601T123456Z-0a1b2c3d4e5f6071');
    expect(idOfFolder(folder)).toBe('0a1b2c3d4e5f6071');
    expect(idOfFolder('20260601T123456Z')).toBeUndefined();
  });
});
