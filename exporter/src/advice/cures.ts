// What usually cures a leak, by what allocates or by what a goroutine waits for.

/** What the leaf of a growing stack ("function file:line") says of the way in which it is held. First match counts. */
const ALLOCATIONS: readonly [RegExp, string][] = [
  [
    /^time\.(NewTicker|Tick)\b/,
    'A ticker lives until it is stopped: defer ticker.Stop(), and never time.Tick in code that returns.',
  ],
  [
    /^time\.(After|NewTimer|AfterFunc)\b/,
    'A timer lives until it fires (before Go 1.23 even when nothing refers to it): use time.NewTimer and Stop it, or a context with a deadline.',
  ],
  [
    /^context\.(With|\(\*cancelCtx\)|\(\*timerCtx\)|propagate)/,
    'A context stays with its parent until it is cancelled: defer cancel() on every path.',
  ],
  [
    /^(net\/http\.\(\*(Transport|persistConn)\)|bufio\.New(Reader|Writer)|net\.newFD|crypto\/tls\.)/,
    'Connections stay open: read and close every Response.Body, share one http.Client, and set its time-outs.',
  ],
  [
    /^(internal\/runtime\/maps|runtime\.(mapassign|makemap|hashGrow))/,
    'A map only grows: delete what is done, or bound it (an LRU, a time to live).',
  ],
  [
    /^(bytes|strings|fmt|encoding|io|os)[./]/,
    'Buffers or texts are kept: a small slice of a large one holds the whole (bytes.Clone, strings.Clone copy the piece).',
  ],
];

const HELD =
  'Look for what it is put into: a map or slice that is only added to, a cache without a bound, a list of subscribers, ' +
  'a sub-slice that keeps a large array, a closure or a finalizer cycle.';

export function cureOfAllocation(leaf: string, own: string): string {
  const name = leaf.split(' ', 1)[0] ?? '';
  if (name === own) return HELD;
  return ALLOCATIONS.find(([pattern]) => pattern.test(name))?.[1] ?? HELD;
}

/** States as `goroutine?debug=2` writes them. */
const STATES: readonly [RegExp, string][] = [
  [
    /^chan receive/,
    'Nobody sends to their channel any more, and nobody closes it: close it, or select on ctx.Done() as well.',
  ],
  [
    /^chan send/,
    'Nobody receives from their channel any more: give it a buffer of one, or select on ctx.Done() as well.',
  ],
  [/^select/, 'None of the cases comes: add one for ctx.Done(), or a time-out.'],
  [
    /^IO wait/,
    'They wait for a connection that says nothing: set deadlines (http.Server and http.Client time-outs, SetDeadline).',
  ],
  [
    /^(sync\.|semacquire)/,
    'They wait for a lock or a WaitGroup that is never released: look for a return without Unlock or Done.',
  ],
  [/^(sleep|timer)/, 'They sleep in a loop that has no end: give it a context, and stop tickers.'],
  [/^finalizer/, 'A finalizer blocks all those behind it.'],
];

export function cureOfState(state: string): string {
  return (
    STATES.find(([pattern]) => pattern.test(state))?.[1] ??
    'They have no way to end: give them a context, a channel that gets closed, or a deadline.'
  );
}
