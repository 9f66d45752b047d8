// Pure decoding of what /proc shows, from bytes. Layouts: proc(5) (https://man7.org/linux/man-pages/man5/proc.5.html).
// `/proc/[pid]/stat` is read for every process at every sample, so it is scanned in place and makes no strings but
// the name.

/** Fields of `/proc/[pid]/stat`, in the units of the kernel. */
export interface ProcStat {
  /** The command name, at most 15 bytes (TASK_COMM_LEN − 1): longer ones are cut. */
  comm: string;
  parentPid: number;
  minorFaults: number;
  majorFaults: number;
  /** User + kernel time, clock ticks. */
  cpuTicks: number;
  threads: number;
  /** Clock ticks since boot. */
  startTicks: number;
  virtualBytes: number;
}

const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = 0x0a;
const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

// Numbers of the fields in proc(5); the state is field 3, the first one after the name.
const FIELD_PPID = 4;
const FIELD_MINFLT = 10;
const FIELD_MAJFLT = 12;
const FIELD_UTIME = 14;
const FIELD_STIME = 15;
const FIELD_NUM_THREADS = 20;
const FIELD_STARTTIME = 22;
const FIELD_VSIZE = 23;

/** Undefined where the bytes are not a whole `stat`. */
export function parseStat(bytes: Buffer): ProcStat | undefined {
  // The name stands in parentheses and may itself hold spaces, parentheses and newlines: it ends at the last ")".
  const open = bytes.indexOf(PAREN_OPEN);
  const close = bytes.lastIndexOf(PAREN_CLOSE);
  if (open < 0 || close <= open) return undefined;

  const stat: ProcStat = {
    comm: bytes.toString('utf8', open + 1, close),
    parentPid: 0,
    minorFaults: 0,
    majorFaults: 0,
    cpuTicks: 0,
    threads: 0,
    startTicks: 0,
    virtualBytes: 0,
  };
  let at = close + 2;
  for (let field = 3; field <= FIELD_VSIZE; field++) {
    let value = 0;
    const start = at;
    for (; at < bytes.length && bytes[at] !== SPACE; at++) {
      const digit = bytes[at]! - DIGIT_0;
      // The state is a letter and a few unread fields may be negative; what is read here never is.
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    }
    if (at === start || at >= bytes.length) return undefined;
    at++;
    switch (field) {
      case FIELD_PPID:
        stat.parentPid = value;
        break;
      case FIELD_MINFLT:
        stat.minorFaults = value;
        break;
      case FIELD_MAJFLT:
        stat.majorFaults = value;
        break;
      case FIELD_UTIME:
      case FIELD_STIME:
        stat.cpuTicks += value;
        break;
      case FIELD_NUM_THREADS:
        stat.threads = value;
        break;
      case FIELD_STARTTIME:
        stat.startTicks = value;
        break;
      case FIELD_VSIZE:
        stat.virtualBytes = value;
        break;
      default:
    }
  }
  return stat;
}

/** Resident pages, the second number of `/proc/[pid]/statm`. */
export function residentPagesOfStatm(bytes: Buffer): number | undefined {
  const [, pages] = /^\d+ (\d+) /.exec(bytes.toString('latin1')) ?? [];
  return pages === undefined ? undefined : Number(pages);
}

/**
 * The number of a line `key   value` (meminfo, vmstat, status, smaps_rollup). `key` comes with its separator
 * ("VmHWM:", "pgmajfault "), so that it is not found as the beginning of another one.
 */
export function numberOfLine(bytes: Buffer, key: string): number | undefined {
  let at = bytes.indexOf(key, 0, 'latin1');
  while (at > 0 && bytes[at - 1] !== NEWLINE) at = bytes.indexOf(key, at + 1, 'latin1');
  if (at < 0) return undefined;
  at += key.length;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  const start = at;
  let value = 0;
  for (; at < bytes.length && bytes[at]! >= DIGIT_0 && bytes[at]! <= DIGIT_9; at++) {
    value = value * 10 + (bytes[at]! - DIGIT_0);
  }
  return at > start ? value : undefined;
}

const BYTES_PER_KB = 1024;

/** As numberOfLine, for the lines that the kernel writes in kB (of 1024 bytes). */
export function bytesOfLine(bytes: Buffer, key: string): number | undefined {
  const kilobytes = numberOfLine(bytes, key);
  return kilobytes === undefined ? undefined : kilobytes * BYTES_PER_KB;
}

/** Entry of the auxiliary vector that holds the page size (getauxval(3)). */
const AT_PAGESZ = 6n;

/** The page size out of `/proc/self/auxv` of a 64-bit process: pairs of two 64-bit words. */
export function pageBytesOfAuxv(auxv: Buffer): number | undefined {
  for (let at = 0; at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return undefined;
}
