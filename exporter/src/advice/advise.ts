// What to look at next, in words that follow from the accounting: whose memory grew decides where to look. Pure.

import { formatBytes, formatBytesPerSecond, formatDuration, significant } from '../format.js';
import type { LeakChannel } from '../leak/types.js';
import { MEMORY_PARTS, type MemoryPart } from '../signals.js';
import { cureOfAllocation, cureOfState } from './cures.js';
import { settingsAdvice } from './settings.js';
import type { Advice, AdviceGoroutines, AdviceInput } from './types.js';

/** Growth of a part that is worth a word: of all growth, and in bytes. */
const LEAST_SHARE = 0.15;
const LEAST_BYTES = 2 ** 20;
/** Goroutines of one kind that are worth a word beside what the verdict found. */
const LEAST_GOROUTINES = 10;
const MANY_NEW = 0.1;

interface PartGrowth {
  part: MemoryPart;
  bytes: number;
  share: number;
}

/** Most important first; never empty. */
export function advise(input: AdviceInput): Advice[] {
  const { state = 'learning' } = input.verdict ?? {};
  const advice: Advice[] = [];
  const grown = grownParts(input);
  const isGrowing = state === 'leaking' || state === 'growing';
  if (isGrowing) {
    const topics = topicsOf(input, grown);
    for (const topic of topics) advice.push(...TOPICS[topic](input, grown));
    if (advice.length === 0) advice.push(unexplained(input));
  } else {
    advice.push(state === 'healthy' ? noLeak(input) : tooEarly());
    // Parts that grow without being a leak are what people ask about.
    for (const { part } of grown) {
      const topic = HARMLESS[part];
      if (topic !== undefined) advice.push(...TOPICS[topic](input, grown));
    }
  }
  if (input.hasPprof === false) advice.push(addPprof(isGrowing));
  advice.push(...settingsAdvice(input));
  return advice;
}

type Topic =
  | 'goroutines'
  | 'heap'
  | 'stacks'
  | 'native'
  | 'fragmentation'
  | 'idle'
  | 'garbage'
  | 'buckets'
  | 'handles'
  | 'pressure';

const TOPIC_OF_PART: Partial<Record<MemoryPart, Topic>> = {
  live_heap: 'heap',
  stacks: 'stacks',
  non_go: 'native',
  heap_fragmentation: 'fragmentation',
  heap_idle: 'idle',
  garbage: 'garbage',
  profiling_buckets: 'buckets',
};
const HARMLESS: Partial<Record<MemoryPart, Topic>> = {
  heap_idle: 'idle',
  garbage: 'garbage',
  profiling_buckets: 'buckets',
  heap_fragmentation: 'fragmentation',
};
const TOPIC_OF_CHANNEL: Partial<Record<LeakChannel, Topic>> = {
  gc_pressure: 'pressure',
  goroutines: 'goroutines',
  live_heap: 'heap',
  non_go: 'native',
  stacks: 'stacks',
  handles: 'handles',
  gdi_objects: 'handles',
  user_objects: 'handles',
};

/** What is said, in this order: what the verdict found, then what grew most. */
function topicsOf({ verdict, goroutines, growth }: AdviceInput, grown: readonly PartGrowth[]): Topic[] {
  const topics = new Set<Topic>();
  const found = verdict?.leaking?.length ? verdict.leaking : verdict?.channel ? [verdict.channel] : [];
  // A goroutine takes its stack and what it refers to along: it is the cause, and they follow.
  if (found.includes('goroutines')) topics.add('goroutines');
  if (verdict?.pattern === 'gc_pressure') topics.add('pressure');
  for (const signal of found) {
    const topic = TOPIC_OF_CHANNEL[signal];
    if (topic !== undefined && !(topic === 'stacks' && topics.has('goroutines'))) topics.add(topic);
  }
  if (!found.includes('goroutines') && found.includes('stacks') && (goroutines?.[0]?.growth ?? 0) > 0)
    topics.add('goroutines');
  for (const { part } of grown) {
    const topic = TOPIC_OF_PART[part];
    if (topic === undefined || (topic === 'stacks' && topics.has('goroutines'))) continue;
    topics.add(topic);
  }
  const [group] = goroutines ?? [];
  if (group && group.growth >= Math.max(LEAST_GOROUTINES, MANY_NEW * group.lastCount))
    topics.add('goroutines');
  // Two heap profiles may be all that there is.
  if (topics.size === 0 && (growth?.blamed.length ?? 0) > 0) topics.add('heap');
  return [...topics];
}

/** The parts that grew, most first. */
function grownParts({ first, last }: AdviceInput): PartGrowth[] {
  if (!first || !last) return [];
  const grown = MEMORY_PARTS.flatMap((part) => {
    const [from, to] = [first.parts[part], last.parts[part]];
    return from === undefined || to === undefined ? [] : [{ part, bytes: to - from }];
  }).filter(({ bytes }) => bytes > 0);
  const whole = grown.reduce((sum, { bytes }) => sum + bytes, 0);
  return grown
    .map((each) => ({ ...each, share: each.bytes / whole }))
    .filter(({ bytes, share }) => bytes >= LEAST_BYTES && share >= LEAST_SHARE)
    .sort((a, b) => b.bytes - a.bytes);
}

const TOPICS: Record<Topic, (input: AdviceInput, grown: readonly PartGrowth[]) => Advice[]> = {
  heap: heapAdvice,
  goroutines: ({ goroutines = [], verdict }) =>
    goroutineAdvice(goroutines, verdict?.slopes?.goroutines?.perSecond),
  stacks: () => [
    {
      title: 'Stacks grow, the number of goroutines does not explain it',
      text:
        'A goroutine that once went deep keeps a large stack until a collection shrinks it. Look in the goroutine ' +
        'profile for recursion and for large arrays in local variables.',
    },
  ],
  native: ({ platform, pid, seconds }, grown) => [
    {
      title: `Memory outside of Go grows${amountOf('non_go', grown, seconds)}`,
      text:
        'No Go profile can show it: it is held by cgo, a C library, a DLL, mmap or VirtualAlloc. Count what is allocated against ' +
        'what is freed at the cgo boundary (C.malloc and C.CString need C.free; handles of databases, images and ' +
        `compression need their Close). ${nativeTools(platform, pid)}`,
    },
  ],
  fragmentation: (_, grown) => [
    {
      title: `The heap fragments${amountOf('heap_fragmentation', grown)}`,
      text:
        'Spans of the heap are held by a few live objects each: short-lived and long-lived objects of one size are mixed. ' +
        'It stops growing by itself. To make it smaller, allocate what lives long together (at start, in slabs), reuse buffers of ' +
        'one size, and keep pointers out of large long-lived slices.',
    },
  ],
  idle: (_, grown) => [
    {
      title: `Go holds memory that it has not yet returned to the system${amountOf('heap_idle', grown)}`,
      text:
        'This is no leak: after a peak the runtime gives memory back over some minutes. Setting GOMEMLIMIT makes it give ' +
        'back sooner; debug.FreeOSMemory() does it at once, at the cost of a collection.',
    },
  ],
  garbage: (_, grown) => [
    {
      title: `Garbage between two collections${amountOf('garbage', grown)}`,
      text:
        'This is no leak: the heap may grow by GOGC percent of what is live before it is collected. A high allocation ' +
        'rate shows in "leakline pprof top -sample_index=alloc_space"; a lower GOGC or a GOMEMLIMIT trades CPU for memory.',
    },
  ],
  buckets: (_, grown) => [
    {
      title: `The tables of Go's own memory profiler grow${amountOf('profiling_buckets', grown)}`,
      text:
        'Every distinct allocation stack takes a bucket that is never freed (golang/go#69590), and no heap profile shows ' +
        'them. Deep recursion, generated code and plugins make many stacks. A larger runtime.MemProfileRate makes fewer; ' +
        '0 turns the profiler off.',
    },
  ],
  handles: ({ platform, pid }) => [
    {
      title: platform === 'windows' ? 'Handles pile up' : 'Open descriptors pile up',
      text:
        'Files, sockets, response bodies, watches or timers are opened and not closed. ' +
        (platform === 'windows'
          ? `Process Explorer (lower pane, handles) or "handle.exe -s -p ${pid ?? 'PID'}" says of which kind they are.`
          : `"ls -l /proc/${pid ?? 'PID'}/fd" or "lsof -p ${pid ?? 'PID'}" says of which kind they are.`) +
        ' Close what was opened with defer, and http.Response.Body always.',
    },
  ],
  pressure: ({ runtime }) => [
    {
      title: 'The garbage collector works against the memory limit',
      text:
        `What is live is near GOMEMLIMIT${runtime?.goMemLimitBytes === undefined ? '' : ` (${formatBytes(runtime.goMemLimitBytes)})`}: ` +
        'the process does not grow any more, it collects ever more often. Look at the heap profile for what is held; ' +
        'a higher limit only buys time.',
    },
  ],
};

function heapAdvice({ growth, seconds, verdict }: AdviceInput, grown: readonly PartGrowth[]): Advice[] {
  const [blamed, second] = growth?.blamed ?? [];
  if (!blamed) {
    return [
      {
        title: `Go objects are held${amountOf('live_heap', grown, seconds)}`,
        text:
          'The live heap, what survives a garbage collection, grows: something keeps references. Compare two heap ' +
          'profiles: curl -o a.pb.gz "http://HOST/debug/pprof/heap?gc=1", the same again some minutes later as b.pb.gz, then ' +
          '"leakline pprof growth a.pb.gz b.pb.gz".',
      },
    ];
  }
  const rate = verdict?.slopes?.live_heap?.perSecond ?? blamed.growthBytesPerSecond;
  const leaf = blamed.stack[0] ?? '';
  const cure = cureOfAllocation(leaf, blamed.function);
  const next =
    second && second.share >= LEAST_SHARE ? ` Next: ${placeOf(second)} with ${percentOf(second.share)}.` : '';
  return [
    {
      title: `Go objects are held: ${blamed.function}`,
      text:
        `${placeOf(blamed)} allocates ${percentOf(blamed.share)} of what grows (${formatBytesPerSecond(rate)} in all). ` +
        `${cure} The allocation is where the memory comes from; look from there for what still refers to it.${next}`,
    },
  ];
}

function goroutineAdvice(groups: readonly AdviceGoroutines[], perSecond: number | undefined): Advice[] {
  const [group] = groups;
  if (!group || group.growth <= 0) {
    return [
      {
        title: 'Goroutines pile up',
        text:
          'More are started than end. "goroutine?debug=2" of the pprof tells where each waits and who created it; ' +
          'a goroutine needs a way to end: a context, a closed channel, a deadline.',
      },
    ];
  }
  const created = group.createdBy;
  const state = group.states[0]?.state ?? '';
  const where = group.blockedAt
    ? ` They wait in ${placeOf(group.blockedAt)}${state === '' ? '' : ` (${state})`}.`
    : '';
  const rate = perSecond === undefined || perSecond <= 0 ? '' : `, ${significant(perSecond)} a second`;
  return [
    {
      title: `Goroutines pile up: ${created?.function ?? group.blockedAt?.function ?? 'of unknown origin'}`,
      text:
        `${created ? `${placeOf(created)} started` : 'There are'} ${significant(group.growth)} more of them in the time watched${rate}; ` +
        `${significant(group.lastCount)} live.${where} ${cureOfState(state)} ` +
        'Their stacks and everything that they refer to stay with them.',
    },
  ];
}

function unexplained({ hasPprof, seconds }: AdviceInput): Advice {
  return {
    title: 'Memory grows, and the parts do not say where',
    text:
      (hasPprof === false
        ? 'Only the system was asked: the Go runtime did not tell its side. '
        : `No part grew by enough${seconds === undefined ? '' : ` in ${formatDuration(seconds)}`} to be named. `) +
      'Watch longer, under the usual load.',
  };
}

function noLeak({ last }: AdviceInput): Advice {
  const live = last?.parts.live_heap;
  return {
    title: 'No leak was seen',
    text:
      'What survives garbage collections does not grow. ' +
      (live !== undefined && last
        ? `${formatBytes(live)} of ${formatBytes(last.totalBytes)} are live Go objects. `
        : '') +
      'A leak that only some requests cause shows under those requests alone: "leakline diagnose --load COMMAND".',
  };
}

function tooEarly(): Advice {
  return {
    title: 'Too early to tell',
    text:
      'There were too few garbage collections to see what stays. Watch longer, with the usual load on the ' +
      'service: "leakline diagnose --duration 10m --load COMMAND".',
  };
}

function addPprof(isGrowing: boolean): Advice {
  return {
    title: isGrowing ? 'Add pprof to see which code holds it' : 'Add pprof for the next time',
    text:
      'The service serves no net/http/pprof that could be found. import _ "net/http/pprof" in its main package and, where it ' +
      'serves no HTTP by http.DefaultServeMux, add go http.ListenAndServe("127.0.0.1:6060", nil) to main().',
  };
}

function nativeTools(platform: AdviceInput['platform'], pid: number | undefined): string {
  const id = pid ?? 'PID';
  return platform === 'windows'
    ? `VMMap shows it by type (heap, private data, mapped); "umdh -p:${id}" compares two moments by stack.`
    : `"pmap -X ${id}" shows which mappings grow; jemalloc (LD_PRELOAD, prof:true) or "perf trace -e mmap -p ${id}" names the callers. ` +
        'With glibc, MALLOC_ARENA_MAX=2 tells a leak from arenas.';
}

function amountOf(part: MemoryPart, grown: readonly PartGrowth[], seconds?: number): string {
  const found = grown.find((each) => each.part === part);
  if (!found) return '';
  const over = seconds === undefined ? '' : ` in ${formatDuration(seconds)}`;
  return `: ${formatBytes(found.bytes)} more${over}, ${percentOf(found.share)} of the growth`;
}

function placeOf({ function: name, file, line }: { function: string; file: string; line: number }): string {
  if (file === '') return name;
  return `${name} (${baseOf(file)}${line > 0 ? `:${line}` : ''})`;
}

function baseOf(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file;
}

function percentOf(share: number): string {
  return `${significant(100 * share, 2)} %`;
}
