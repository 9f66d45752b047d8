// Long work over bytes, cut into turns of the event loop, so that nobody who waits for the loop waits for all of it.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes worked on in one turn: a millisecond for a copy, two for a digest. */
const BYTES_PER_TURN = 512 * 1024;

/** To be awaited after every piece of work, with the bytes that it was: ends the turn when they are enough. */
export function turns(): (bytes: number) => Promise<void> {
  let left = BYTES_PER_TURN;
  return async (bytes) => {
    left -= bytes;
    if (left > 0) return;
    await nextTurn();
    left = BYTES_PER_TURN;
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
    await turn(chunk.length);
  }
  return all;
}
