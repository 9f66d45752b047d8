import { expect, test } from 'vitest';
import { SteadyTime } from './clock.js';

function fakeClock() {
  const clock = {
    wall: 1_000_000,
    monotonic: 500,
    wallMs: () => clock.wall,
    monotonicMs: () => clock.monotonic,
  };
  return {
    clock,
    pass: (ms: number) => {
      clock.wall += ms;
      clock.monotonic += ms;
    },
  };
}

test('advances with the clock while nothing is wrong', () => {
  const { clock, pass } = fakeClock();
  const time = new SteadyTime(clock);
  pass(5_000);
  expect(time.now()).toBe(1_005_000);
});

test('does not run backwards when the wall clock is set back, and says so', () => {
  const jumps: number[] = [];
  const { clock, pass } = fakeClock();
  const time = new SteadyTime(clock, (step) => jumps.push(step));
  pass(5_000);
  clock.wall -= 3_600_000;
  expect(time.now()).toBe(1_005_000);
  pass(5_000);
  expect(time.now()).toBe(1_010_000);
  expect(jumps).toEqual([-3_600_000]);
});

test('leaves a gap when the machine slept', () => {
  const { clock, pass } = fakeClock();
  const time = new SteadyTime(clock);
  pass(5_000);
  clock.wall += 3_600_000;
  expect(time.now()).toBe(1_000_000 + 3_605_000);
});
