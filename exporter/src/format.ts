// Figures in words: one way to write bytes, rates, durations and times, for logs, verdicts, reports and the terminal.

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** "412 MiB", "1.21 GiB", "-3 KiB": three significant digits, binary units. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '?';
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = unit === 0 ? String(Math.round(value)) : significant(value);
  return `${bytes < 0 && text !== '0' ? '-' : ''}${text} ${BYTE_UNITS[unit]}`;
}

/** "1.21 MiB/s". Slow growth is said by the hour or the day, where a person can picture it. */
export function formatBytesPerSecond(bytesPerSecond: number): string {
  const size = Math.abs(bytesPerSecond);
  if (size >= 1024 || size === 0) return `${formatBytes(bytesPerSecond)}/s`;
  if (size * 3600 >= 1024) return `${formatBytes(bytesPerSecond * 3600)}/h`;
  return `${formatBytes(bytesPerSecond * 86400)}/d`;
}

/** "45 s", "12 min", "6 h 10 min", "3 d 4 h": the two largest units. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const sign = seconds < 0 ? '-' : '';
  const s = Math.abs(seconds);
  if (s < 1) return `${sign}${Math.round(s * 1000)} ms`;
  const whole = Math.round(s);
  if (whole < 60) return `${sign}${whole} s`;
  const units: [number, string][] = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  // Minutes and above are rounded to the second unit that is shown.
  const largest = units.findIndex(([size]) => whole >= size);
  const step = units[Math.min(largest + 1, units.length - 1)]![0];
  let rest = Math.round(whole / step) * step;
  const words: string[] = [];
  for (const [size, name] of units) {
    const count = Math.floor(rest / size);
    if (count > 0 && words.length < 2) {
      words.push(`${count} ${name}`);
      rest -= count * size;
    } else if (words.length > 0) break;
  }
  return sign + words.join(' ');
}

/** Three significant digits without trailing zeros: 1.21, 12.1, 412, 1020. */
export function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, digits - 1 - magnitude);
  const text = value.toFixed(Math.min(decimals, 20));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** RFC 3339 in UTC with seconds, as the API writes times. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
