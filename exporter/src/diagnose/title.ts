// The answer of a diagnosis in one line. Pure.

import { basename } from 'node:path/posix';
import { formatDuration } from '../format.js';
import { mainSlope, rateOf } from './rates.js';
import type { Findings } from './types.js';

/** "orders-api leaks 2.01 MiB/s: main.(*SessionCache).Put (leaks.go:77)". */
export function titleOf({ target, verdict, growth, goroutines, startedAtMs, endedAtMs }: Findings): string {
  const { name } = target;
  const time = formatDuration((endedAtMs - startedAtMs) / 1000);
  switch (verdict.state) {
    case 'leaking': {
      const { channel } = verdict;
      if (channel === 'gc_pressure') return `${name} leaks up to its memory limit${culprit()}`;
      const grows = mainSlope(verdict);
      const rate = grows ? ` ${rateOf(grows.signal, grows.slope.perSecond).replace('+', '')}` : '';
      return `${name} leaks${channel === 'goroutines' ? ` goroutines${rate ? `,${rate}` : ''}` : rate}${culprit()}`;
    }
    case 'growing':
      return `${name} grows, which may be a leak: watch longer than ${time}`;
    case 'healthy':
      return `${name}: no leak seen in ${time}`;
    case 'learning':
      return `${name}: too little was seen in ${time} to tell`;
  }

  function culprit(): string {
    const { channel } = verdict;
    const created = goroutines[0]?.createdBy;
    // The function that grows in the heap holds none of these.
    const isOfGo = channel !== 'non_go' && channel !== 'handles';
    const place = channel === 'goroutines' && created ? created : isOfGo ? growth?.blamed[0] : undefined;
    if (!place) return channel === 'non_go' ? ' outside of the Go heap' : '';
    const file = place.file === '' ? '' : ` (${basename(place.file.replaceAll('\\', '/'))}:${place.line})`;
    return `: ${place.function}${file}`;
  }
}
