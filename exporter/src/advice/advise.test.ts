import { describe, expect, it } from 'vitest';
import type { MemoryPart } from '../signals.js';
import { advise, type AdviceInput } from './index.js';

const MIB = 2 ** 20;
const PARTS: Record<MemoryPart, number> = {
  live_heap: 40 * MIB,
  garbage: 10 * MIB,
  heap_fragmentation: MIB,
  heap_idle: 4 * MIB,
  stacks: MIB,
  runtime: 4 * MIB,
  profiling_buckets: MIB,
  non_go: 3 * MIB,
};

function accounting(more: Partial<Record<MemoryPart, number>> = {}) {
  const parts = { ...PARTS };
  for (const [part, bytes] of Object.entries(more) as [MemoryPart, number][]) parts[part] += bytes;
  return { totalBytes: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0), parts };
}

/** Grown by `more` in three minutes. */
function grown(more: Partial<Record<MemoryPart, number>>, rest: AdviceInput = {}): AdviceInput {
  return { first: accounting(), last: accounting(more), seconds: 180, platform: 'linux', pid: 4711, ...rest };
}

const frame = (name: string, line: number) => ({ function: name, file: `/src/app/${line}.go`, line });
const blamed = (name: string, leaf = name, share = 0.9) => ({
  ...frame(name, 77),
  growthBytes: 60 * MIB,
  growthBytesPerSecond: MIB / 3,
  share,
  stack: [`${leaf} /src/x.go:1`, `${name} /src/app/77.go:77`],
});
const waiting = (state: string, growth = 500) => ({
  createdBy: frame('main.serve', 12),
  blockedAt: frame('main.wait', 30),
  states: state === '' ? [] : [{ state, count: growth }],
  lastCount: growth + 20,
  growth,
});

const titles = (input: AdviceInput) => advise(input).map(({ title }) => title);
const first = (input: AdviceInput) => advise(input)[0]!;

describe('what to look at next follows from the accounting', () => {
  it.each<[string, AdviceInput, string[]]>([
    [
      'a heap that leaks, with the function',
      grown(
        { live_heap: 60 * MIB },
        {
          verdict: { state: 'leaking', leaking: ['live_heap'] },
          growth: { blamed: [blamed('main.Put')], functions: [] },
        },
      ),
      ['Go objects are held: main.Put'],
    ],
    [
      'a heap that leaks, without profiles',
      grown(
        { live_heap: 60 * MIB },
        { verdict: { state: 'leaking', leaking: ['live_heap', 'commit'] }, hasPprof: false },
      ),
      [
        'Go objects are held: 60 MiB more in 3 min, 100 % of the growth',
        'Add pprof to see which code holds it',
      ],
    ],
    [
      'goroutines: their stacks are no second topic',
      grown(
        { stacks: 20 * MIB },
        {
          verdict: { state: 'leaking', leaking: ['goroutines', 'stacks'] },
          goroutines: [waiting('chan receive')],
        },
      ),
      ['Goroutines pile up: main.serve'],
    ],
    [
      'memory outside of Go',
      grown({ non_go: 90 * MIB }, { verdict: { state: 'leaking', leaking: ['non_go'] } }),
      ['Memory outside of Go grows: 90 MiB more in 3 min, 100 % of the growth'],
    ],
    [
      'only the commit is judged: the parts say where',
      grown(
        { live_heap: 30 * MIB, non_go: 60 * MIB },
        { verdict: { state: 'leaking', leaking: ['commit'] } },
      ),
      [
        'Memory outside of Go grows: 60 MiB more in 3 min, 67 % of the growth',
        'Go objects are held: 30 MiB more in 3 min, 33 % of the growth',
      ],
    ],
    [
      'descriptors',
      grown({}, { verdict: { state: 'leaking', leaking: ['handles'] } }),
      ['Open descriptors pile up'],
    ],
    [
      'handles of Windows',
      grown({}, { verdict: { state: 'leaking', leaking: ['handles'] }, platform: 'windows' }),
      ['Handles pile up'],
    ],
    [
      'GOMEMLIMIT is reached',
      grown(
        {},
        {
          verdict: { state: 'leaking', leaking: [], pattern: 'gc_pressure' },
          runtime: { goMemLimitBytes: 64 * MIB },
        },
      ),
      ['The garbage collector works against the memory limit'],
    ],
    [
      'growth that no part explains',
      { verdict: { state: 'growing', channel: 'commit' }, hasPprof: false },
      ['Memory grows, and the parts do not say where', 'Add pprof to see which code holds it'],
    ],
    [
      'growth of which two heap profiles are all that is known',
      { verdict: { state: 'growing' }, growth: { blamed: [blamed('main.Put')], functions: [] } },
      ['Go objects are held: main.Put'],
    ],
    ['no leak', grown({}, { verdict: { state: 'healthy' } }), ['No leak was seen']],
    ['too early', {}, ['Too early to tell']],
    [
      'no leak, memory not returned yet',
      grown({ heap_idle: 50 * MIB }, { verdict: { state: 'healthy' } }),
      [
        'No leak was seen',
        'Go holds memory that it has not yet returned to the system: 50 MiB more, 100 % of the growth',
      ],
    ],
    [
      'no leak, profiling buckets',
      grown({ profiling_buckets: 5 * MIB }, { verdict: { state: 'healthy' } }),
      ['No leak was seen', "The tables of Go's own memory profiler grow: 5 MiB more, 100 % of the growth"],
    ],
    [
      'no leak, fragmentation',
      grown({ heap_fragmentation: 20 * MIB }, { verdict: { state: 'healthy' } }),
      ['No leak was seen', 'The heap fragments: 20 MiB more, 100 % of the growth'],
    ],
    [
      'no leak, much garbage',
      grown({ garbage: 60 * MIB }, { verdict: { state: 'healthy' } }),
      [
        'No leak was seen',
        'Garbage between two collections: 60 MiB more, 100 % of the growth',
        '56 % of the memory is garbage',
      ],
    ],
    [
      'a limit and no GOMEMLIMIT',
      grown({}, { verdict: { state: 'healthy' }, limits: [{ name: 'cgroup', bytes: 512 * MIB }] }),
      ['No leak was seen', 'GOMEMLIMIT is not set'],
    ],
    [
      'GOGC=off',
      grown({}, { verdict: { state: 'healthy' }, runtime: { nextGcBytes: 2 ** 63 } }),
      ['No leak was seen', 'The garbage collector is off'],
    ],
    [
      'a busy collector',
      grown({}, { verdict: { state: 'healthy' }, runtime: { gcCpuFraction: 0.31 } }),
      ['No leak was seen', 'The collector takes 31 % of the CPU'],
    ],
  ])('%s', (_, input, expected) => expect(titles(input)).toEqual(expected));

  it.each<[string, string]>([
    ['chan receive', 'Nobody sends to their channel any more'],
    ['chan send', 'Nobody receives from their channel any more'],
    ['select', 'None of the cases comes'],
    ['IO wait', 'set deadlines'],
    ['sync.Mutex.Lock', 'a return without Unlock'],
    ['semacquire', 'a return without Unlock'],
    ['sleep', 'They sleep in a loop'],
    ['', 'They have no way to end'],
  ])('goroutines in %j', (state, cure) => {
    const { text } = first({
      verdict: { state: 'leaking', leaking: ['goroutines'] },
      goroutines: [waiting(state)],
    });
    expect(text).toContain(cure);
    expect(text).toContain('main.serve (12.go:12) started 500 more of them');
    expect(text).toContain('They wait in main.wait (30.go:30)');
  });

  it.each<[string, string]>([
    ['time.NewTicker', 'defer ticker.Stop()'],
    ['time.After', 'A timer lives until it fires'],
    ['context.WithCancel', 'defer cancel()'],
    ['net/http.(*Transport).dialConn', 'close every Response.Body'],
    ['bytes.growSlice', 'a small slice of a large one holds the whole'],
    ['main.Put', 'a cache without a bound'],
  ])('held by way of %s', (leaf, cure) => {
    const growth = {
      blamed: [blamed('main.Put', leaf), blamed('main.Other', 'main.Other', 0.2)],
      functions: [],
    };
    const { text } = first({ verdict: { state: 'leaking', leaking: ['live_heap'] }, growth });
    expect(text).toContain(cure);
    expect(text).toContain('main.Put (77.go:77) allocates 90 % of what grows');
    expect(text).toContain('Next: main.Other (77.go:77) with 20 %.');
  });

  it('names tools of the system on which the process runs', () => {
    const native = { verdict: { state: 'leaking', leaking: ['non_go'] } } as const;
    expect(first(grown({ non_go: 90 * MIB }, native)).text).toContain('pmap -X 4711');
    expect(first(grown({ non_go: 90 * MIB }, { ...native, platform: 'windows' })).text).toContain(
      'umdh -p:4711',
    );
  });

  it('proposes a GOMEMLIMIT that leaves room for what is outside of Go', () => {
    const input = grown(
      {},
      { verdict: { state: 'healthy' }, limits: [{ name: 'cgroup', bytes: 512 * MIB }] },
    );
    // 90 % of 512 MiB, less 3 MiB outside of Go.
    expect(advise(input).at(-1)!.text).toContain('GOMEMLIMIT=457MiB');
  });
});
