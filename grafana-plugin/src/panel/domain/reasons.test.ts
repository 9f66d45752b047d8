import { afterEach, describe, expect, it } from 'vitest';
import type { VerdictReason } from 'leakline/leak-types';
import { reasonsInWords } from '../../../../exporter/src/leak/words';
import { setTranslate, translateFrom } from '../../i18n';
import chinese from '../../locales/zh-Hans/leakline-memory-app.json';
import { whyWords } from './reasons';

const MIB = 2 ** 20;
const heap = { signal: 'live_heap' } as const;
const rose = { kind: 'growth', ...heap, rise: 412 * MIB, durationSeconds: 22_200 } as const;

const cases: [VerdictReason[], string, string][] = [
  [
    [{ ...rose, load: 'unknown' }],
    'the live heap rose 412 MiB over 6 h 10 min, in every third of that time; load not known',
    '存活堆在 6 h 10 min内上升 412 MiB，且前、中、后三段时间均在上升；负载未知',
  ],
  [
    [{ ...rose, load: 'falling', loadRatio: 0.42, neverAboveSeconds: 7200, patienceSeconds: 480 }],
    'the live heap rose 412 MiB over 6 h 10 min, in every third of that time, never above it in the 2 h before; while the load fell to 42 %; called a leak when it goes on for 8 min more',
    '存活堆在 6 h 10 min内上升 412 MiB，且前、中、后三段时间均在上升，此前 2 h内从未高于该值；而负载降至 42 %；若再持续 8 min则判定为泄漏',
  ],
  [
    [
      { kind: 'rising', signal: 'goroutines', durationSeconds: 90 },
      { ...rose, load: 'beyond' },
    ],
    'the number of goroutines grew for 1 min 30 s; the live heap rose 412 MiB over 6 h 10 min, in every third of that time; beyond what the load explains',
    'goroutine 数量已增长 1 min 30 s；存活堆在 6 h 10 min内上升 412 MiB，且前、中、后三段时间均在上升；超出负载所能解释的范围',
  ],
  [
    [{ kind: 'refused', ...heap, refusal: 'settling', settlesAt: 64 * MIB }],
    'the live heap is slowing down: expected to settle near 64 MiB',
    '存活堆正在放缓：预计稳定在 64 MiB 附近',
  ],
  [
    [{ kind: 'refused', signal: 'handles', refusal: 'uneven' }],
    'the number of handles rose, but not evenly: part of the time it stood still',
    '句柄数量上升，但不均匀：有一段时间保持不变',
  ],
  [
    [
      {
        kind: 'gc_pressure',
        collectionsPerSecond: 2.5,
        normalPerSecond: 0.05,
        cpuShare: 0.31,
        goalBytes: 100 * MIB,
        roomShare: 0.04,
      },
    ],
    'the garbage collector runs 2.5 times a second (normal: 3 times a minute) and takes 31 % of the CPU; its goal of 100 MiB leaves 4 % of room above what lives: the memory limit of Go is reached',
    '垃圾回收器每秒 2.5 次运行（正常：每分钟 3 次），占用 CPU 的 31 %；其目标 100 MiB 只比存活内存多出 4 % 的余量：已达到 Go 的内存上限',
  ],
  [[{ kind: 'none' }], 'no growth that matters', '没有值得关注的增长'],
];

describe('why a verdict is what it is', () => {
  afterEach(() => setTranslate(null));

  it.each(cases)('in English as the exporter says it %#', (reasons, english) => {
    expect(whyWords({ why: '', reasons })).toBe(english);
    expect(reasonsInWords(reasons)).toBe(english);
  });

  it.each(cases)('in Chinese %#', (reasons, _, words) => {
    setTranslate(translateFrom(chinese));
    expect(whyWords({ why: 'x', reasons })).toBe(words);
  });

  it('in the exporter’s own words where it sends no data, or data that only a newer panel knows', () => {
    setTranslate(translateFrom(chinese));
    expect(whyWords({ why: 'it rose' })).toBe('it rose');
    expect(whyWords({ why: 'it rose', reasons: [] })).toBe('it rose');
    const newer = JSON.parse('[{"kind": "none"}, {"kind": "tides"}]') as VerdictReason[];
    expect(whyWords({ why: 'it rose', reasons: newer })).toBe('it rose');
  });
});
