// Time for the watch. Wall clocks are stepped and machines sleep; a sample series must not run backwards for it.

export interface Clock {
  /** Unix ms by the wall clock. */
  wallMs(): number;
  /** Monotonic ms from an arbitrary origin. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A step of the wall clock against the monotonic one below this is drift and jitter, not a jump. */
const JUMP_MS = 2_000;

/**
 * Unix ms that never run backwards. Starts at the wall clock and advances with the monotonic one. A wall clock that
 * jumps ahead (sleep, a late correction) is followed, which leaves a gap; one that jumps back is not.
 */
export class SteadyTime {
  #lastWallMs: number;
  #lastMonotonicMs: number;
  #nowMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly onJump: (stepMs: number) => void = () => {},
  ) {
    this.#lastWallMs = clock.wallMs();
    this.#lastMonotonicMs = clock.monotonicMs();
    this.#nowMs = this.#lastWallMs;
  }

  now(): number {
    const wallMs = this.clock.wallMs();
    const monotonicMs = this.clock.monotonicMs();
    const elapsedMs = monotonicMs - this.#lastMonotonicMs;
    const stepMs = wallMs - this.#lastWallMs - elapsedMs;
    this.#nowMs += elapsedMs;
    if (Math.abs(stepMs) > JUMP_MS) {
      if (wallMs > this.#nowMs) this.#nowMs = wallMs;
      this.onJump(stepMs);
    }
    this.#lastWallMs = wallMs;
    this.#lastMonotonicMs = monotonicMs;
    return this.#nowMs;
  }
}
