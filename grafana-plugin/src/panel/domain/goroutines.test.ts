import { expect, it } from 'vitest';
import type { FlameReport } from '../../api/reports';
import { goroutineRows } from './goroutines';

/** Stacks as the exporter's flame graph tells them: root first, with the file of each frame. */
function report(stacks: { frames: string[]; count: number; growth?: number }[]): FlameReport {
  const flame: FlameReport & { file: string[] } = {
    sampleType: 'goroutine',
    unit: 'count',
    level: [0],
    value: [0],
    self: [0],
    label: ['total'],
    file: [''],
  };
  const growthSelf = [0];
  for (const { frames, count, growth = 0 } of stacks) {
    frames.forEach((frame, depth) => {
      const leaf = depth === frames.length - 1;
      flame.level.push(depth + 1);
      flame.value.push(count);
      flame.self.push(leaf ? count : 0);
      flame.label.push(frame);
      flame.file.push(`/src/${frame.split('.')[0]}.go`);
      growthSelf.push(leaf ? growth : 0);
    });
  }
  return { ...flame, diff: { growth: growthSelf, growthSelf } };
}

const PARK = ['runtime.chanrecv1:509', 'runtime.chanrecv:667', 'runtime.gopark:462'];

it('tells where goroutines stand, what they wait for and what started them; the most grown first', () => {
  const rows = goroutineRows(
    report([
      { frames: ['main.(*mode).run:45', ...PARK], count: 14 },
      { frames: ['main.serve:10', 'main.waitForReply:94', ...PARK], count: 4805, growth: 1430 },
      {
        frames: [
          'runtime.main:290',
          'main.main:84',
          'net.(*netFD).accept:150',
          'internal/poll.(*FD).Accept:6',
        ],
        count: 1,
      },
    ]),
  );
  expect(
    rows.map(({ where, waitsFor, startedAs, count, growth }) => [
      where.function,
      where.line,
      waitsFor,
      startedAs,
      count,
      growth,
    ]),
  ).toEqual([
    ['main.waitForReply', 94, 'chan receive', 'main.serve', 4805, 1430],
    ['main.(*mode).run', 45, 'chan receive', 'main.(*mode).run', 14, 0],
    ['net.(*netFD).accept', 150, 'IO wait', 'main.main', 1, 0],
  ]);
  expect(rows[0]!.stack.map((frame) => frame.function)).toEqual(['main.waitForReply', 'main.serve']);
});

it.each([
  [['runtime.selectgo:1', 'runtime.gopark:1'], 'select'],
  [['runtime.chansend1:1', 'runtime.chansend:1', 'runtime.gopark:1'], 'chan send'],
  [['time.Sleep:1', 'runtime.gopark:1'], 'sleep'],
  [['sync.(*Mutex).Lock:1', 'internal/sync.runtime_SemacquireMutex:1', 'runtime.gopark:1'], 'lock'],
  [['sync.(*WaitGroup).Wait:1', 'sync.runtime_SemacquireWaitGroup:1', 'runtime.gopark:1'], 'wait group'],
  [['syscall.Syscall:1'], 'syscall'],
  [[], ''],
])('names the wait of %j as Go does: %s', (parked, wait) => {
  const [row] = goroutineRows(report([{ frames: ['main.work:1', ...parked], count: 1 }]));
  expect(row).toMatchObject({ where: { function: 'main.work' }, waitsFor: wait });
});

it('joins stacks that differ only in how the runtime parks them, and keeps what is gone', () => {
  const rows = goroutineRows(
    report([
      { frames: ['main.work:1', 'runtime.chanrecv1:1', 'runtime.gopark:1'], count: 2 },
      { frames: ['main.work:1', 'runtime.chanrecv2:1', 'runtime.gopark:2'], count: 3 },
      { frames: ['main.gone:7'], count: 0, growth: -4 },
      { frames: ['runtime.bgsweep:1', 'runtime.gopark:1'], count: 1 },
    ]),
  );
  expect(rows.map(({ where, count, growth }) => [where.function, count, growth])).toEqual([
    ['main.work', 5, 0],
    ['runtime.gopark', 1, 0],
    ['main.gone', 0, -4],
  ]);
});
