// The verbs of Go's fmt, path and time packages that pprof's text rests on (fmt "%5.2g", path/filepath Clean
// and Base, time layouts), so that a report reads the same as Go's, byte for byte.

/** fmt "%.{digits}f". Both languages round the exact binary value, but a tie goes to the even digit in Go. */
export function fixed(value: number, digits: number): string {
  const even = tieToEven(value, digits);
  const text = Math.abs(even ?? value).toFixed(digits);
  return value < 0 || Object.is(value, -0) ? `-${text}` : text;
}

/**
 * A number beside `value` on the side of the even digit, where `value` lies just between two decimals of
 * `digits` digits: that is when value × 2^(digits + 1) is odd. Undefined where there is no tie.
 */
function tieToEven(value: number, digits: number): number | undefined {
  const odd = Math.abs(value) * 2 ** (digits + 1);
  if (!Number.isInteger(odd) || odd % 2 !== 1) return undefined;
  const lower = Math.floor(Math.abs(value) * 10 ** digits);
  return (Math.sign(value) * (lower % 2 === 0 ? lower : lower + 1)) / 10 ** digits;
}

/** fmt "%.{digits}g": shortest of exponent and plain form, no trailing zeros, exponent of two digits at least. */
export function general(value: number, digits: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  const rounded = decimals > 0 ? (tieToEven(value, decimals) ?? value) : value;
  const size = Math.abs(rounded);
  // No exponent, whichever way it is rounded: nearly every value.
  if (size >= 1e-4 && size < 10 ** digits - 1) return trimZeros(rounded.toPrecision(digits));
  const [mantissa, exponentText] = rounded.toExponential(digits - 1).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) {
    return `${trimZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${two(Math.abs(exponent))}`;
  }
  return trimZeros(rounded.toFixed(Math.max(0, digits - 1 - exponent)));
}

function trimZeros(text: string): string {
  return text.endsWith('0') && text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Counts code points, as Go's fmt pads. */
export function padStart(text: string, width: number): string {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xdc00 && unit <= 0xdfff) length--;
  }
  return length >= width ? text : ' '.repeat(width - length) + text;
}

/** filepath.Base on slashes; a profile of a Windows process names its files with back slashes. */
export function baseName(path: string): string {
  const trimmed = path.replace(/[/\\]+$/, '');
  if (trimmed === '') return path === '' ? '.' : '/';
  return trimmed.slice(Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\')) + 1);
}

/** filepath.Clean on slashes: "a//b/./c/.." is "a/b". */
export function cleanPath(path: string): string {
  if (path === '') return '.';
  if (!/\/\/|\/\.|^\.|\/$/.test(path)) return path;
  const rooted = path.startsWith('/');
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (out.length > 0 && out[out.length - 1] !== '..') {
        out.pop();
        continue;
      }
      if (rooted) continue;
    }
    out.push(part);
  }
  const joined = out.join('/');
  return rooted ? `/${joined}` : joined || '.';
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The parts of a moment on the clock of a time zone. */
export interface ZonedTime {
  year: number;
  /** 1..12 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Abbreviation as Go prints it: "UTC", "CET", "+0330". */
  zone: string;
  /** Minutes east of UTC. */
  offsetMinutes: number;
}

/** A moment on the clock of `timeZone` (IANA name; undefined: the process's own). */
export function zonedTime(unixMs: number, timeZone?: string): ZonedTime {
  if (timeZone === 'UTC') return utcTime(unixMs);
  const parts = new Map<string, string>();
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    timeZoneName: 'short',
  });
  for (const part of format.formatToParts(new Date(unixMs))) parts.set(part.type, part.value);
  const number = (type: string) => Number(parts.get(type) ?? 0);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  const [hour, minute, second] = [number('hour'), number('minute'), number('second')];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const offsetMinutes = Math.round((wall - Math.floor(unixMs / 1000) * 1000) / 60_000);
  const name = parts.get('timeZoneName') ?? 'UTC';
  // Intl says "GMT+2" where it has no abbreviation; Go then prints the offset.
  const zone = /^GMT[+-]/.test(name) ? `${offsetText(offsetMinutes)}` : name;
  return { year, month, day, hour, minute, second, zone, offsetMinutes };
}

/** Without Intl, which takes longer to load than a small profile to analyse. */
function utcTime(unixMs: number): ZonedTime {
  const time = new Date(unixMs);
  return {
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
    zone: 'UTC',
    offsetMinutes: 0,
  };
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const rest = size % 60;
  const hours = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}`;
  return rest === 0 ? hours : hours + two(rest);
}

export function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Layout "Jan 2, 2006 at 3:04pm (MST)". */
export function timeInWords(t: ZonedTime): string {
  const hour = t.hour % 12 === 0 ? 12 : t.hour % 12;
  const half = t.hour < 12 ? 'am' : 'pm';
  return `${MONTHS[t.month - 1]} ${t.day}, ${t.year} at ${hour}:${two(t.minute)}${half} (${t.zone})`;
}

/** Layout "2006-01-02 15:04:05 MST". */
export function timeInDigits(t: ZonedTime): string {
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.zone}`;
}

/** time.Time.String(): "2006-01-02 15:04:05.999999999 -0700 MST". */
export function timeFull(t: ZonedTime, nanosOfSecond: number): string {
  const fraction = nanosOfSecond === 0 ? '' : `.${String(nanosOfSecond).padStart(9, '0').replace(/0+$/, '')}`;
  const size = Math.abs(t.offsetMinutes);
  const offset = `${t.offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}${fraction} ${offset} ${t.zone}`;
}
