// Durations as Go prints them in `raw`: time.Duration.String() cut to four characters (fmt "%.4v").

const NANOS_PER_SECOND = 1_000_000_000n;

/** "30s", "1m30.", as `raw` shows them. */
export function rawDuration(nanos: bigint): string {
  return [...durationText(nanos)].slice(0, 4).join('');
}

function durationText(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  if (nanos < 0n) return `-${durationText(-nanos)}`;
  if (nanos < 1000n) return `${nanos}ns`;
  if (nanos < 1_000_000n) return `${Number(nanos) / 1e3}µs`;
  if (nanos < NANOS_PER_SECOND) return `${Number(nanos) / 1e6}ms`;
  const whole = nanos / NANOS_PER_SECOND;
  const rest = nanos % NANOS_PER_SECOND;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`;
  const seconds = `${whole % 60n}${fraction}s`;
  const minutes = whole / 60n;
  if (minutes === 0n) return seconds;
  if (minutes < 60n) return `${minutes}m${seconds}`;
  return `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
