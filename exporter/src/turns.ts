// Long work over bytes, cut into turns of the event loop, so that nobody who waits for the loop waits for all of it.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes worked on in one turn: a millisecond for a copy, two for a digest. */
const BYTES_PER_TURN = 512 * 1024;

/**
 * To be called after every piece of work, with the bytes that it was: says what to await where they are enough for a
 * turn, and nothing where they are not, so that little work is done at once.
 */
export function turns(): (bytes: number) => Promise<void> | undefined {
  let left = BYTES_PER_TURN;
  return (bytes) => {
    left -= bytes;
    if (left > 0) return undefined;
    left = BYTES_PER_TURN;
    return nextTurn();
  };
}

/** The parts of a large array, each for one turn. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BYTES_PER_TURN) yield bytes.subarray(at, at + BYTES_PER_TURN);
}

/** The chunks as one. */
export async function joined(chunks: readonly Buffer[]): Promise<Buffer> {
  const all = Buffer.allocUnsafe(chunks.reduce((bytes, chunk) => bytes + chunk.length, 0));
  const turn = turns();
  let at = 0;
  for (const chunk of chunks) {
    chunk.copy(all, at);
    at += chunk.length;
    const end = turn(chunk.length);
    if (end) await end;
  }
  return all;
}
