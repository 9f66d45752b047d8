// Waiting for what happens in its own time, with patience for a loaded machine.

import { vi } from 'vitest';

const PATIENCE = { timeout: 15_000, interval: 20 };

/** Tries until the assertions hold. */
export function eventually<T>(assertions: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertions, PATIENCE);
}
