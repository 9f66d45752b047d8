// Names of targets that stay: the base name of the executable; where two processes of one name run at once, the
// younger gets a suffix. A name belongs to its process for life, and who starts again finds it free and takes it back:
// also when the new process was started before the old one ended (a rolling restart).

/** A living process as far as its name goes. */
export interface Nameable {
  pid: number;
  startedAtMs: number;
  /** Path of the executable. */
  executable: string;
}

/** A name is a label in Prometheus, a folder of captures and a part of addresses. */
const MAX_NAME_LENGTH = 128;
/** Names whose last executable is remembered; the ones given first are forgotten first. */
const MAX_REMEMBERED_NAMES = 1000;
/** A new process that runs beside the old one for no longer than this takes its place. */
const HANDOVER_MS = 10 * 60_000;

/** "orders-api" for "C:\\svc\\orders-api.exe" and "/opt/orders-api". */
export function baseName(executable: string): string {
  const base = executable.split(/[\\/]/).at(-1) ?? '';
  const plain = base.replace(/\.exe$/i, '').replace(/[^A-Za-z0-9._-]+/g, '-');
  return plain.replace(/^[^A-Za-z0-9]+/, '').slice(0, MAX_NAME_LENGTH) || 'unnamed';
}

export class NameBook {
  /** Who has a name now, by identity. */
  #names = new Map<string, string>();
  /** The executable that had a name last: of two programs of one base name, each gets its own back. */
  readonly #lastExecutable = new Map<string, string>();
  /** When the process that has a name, or had it last, was started. */
  readonly #startedAtMs = new Map<string, number>();

  /** Names for all Go processes that live at `nowMs` (Unix), in the order given. */
  assign(processes: readonly Nameable[], nowMs: number): string[] {
    const before = this.#names;
    const names = new Map<string, string>();
    for (const process of processes) {
      const name = before.get(identity(process));
      if (name !== undefined) names.set(identity(process), name);
    }
    this.#handOver(processes, names, nowMs);
    const taken = new Set(names.values());
    const oldestFirst = [...processes].sort((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid);
    for (const process of oldestFirst) {
      if (names.has(identity(process))) continue;
      const name = this.#choose(process, taken);
      names.set(identity(process), name);
      taken.add(name);
      this.#remember(name, process.executable);
    }
    this.#names = names;
    for (const process of processes)
      this.#startedAtMs.set(names.get(identity(process))!, process.startedAtMs);
    return processes.map((process) => names.get(identity(process))!);
  }

  /** Gives the name of a process that has ended to the only other one of its kind, if that has just come to replace it. */
  #handOver(processes: readonly Nameable[], names: Map<string, string>, nowMs: number): void {
    const living = new Set(names.values());
    for (const process of processes) {
      const name = names.get(identity(process));
      const base = baseName(process.executable);
      if (name === undefined || name === base || living.has(base)) continue;
      const isAlone = processes.every((other) => other === process || baseName(other.executable) !== base);
      const old = this.#startedAtMs.get(base);
      const isNew = nowMs - process.startedAtMs <= HANDOVER_MS;
      // Two that were started together are two workers; a worker that ends will be back.
      const replaces = old !== undefined && process.startedAtMs - old > HANDOVER_MS;
      if (isAlone && isNew && replaces) names.set(identity(process), base);
    }
  }

  #choose({ executable }: Nameable, taken: ReadonlySet<string>): string {
    const base = baseName(executable);
    let free: string | undefined;
    for (let i = 1; ; i++) {
      const suffix = i === 1 ? '' : `-${i}`;
      const name = base.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
      const last = this.#lastExecutable.get(name);
      if (taken.has(name)) continue;
      if (last === executable) return name;
      free ??= name;
      if (last === undefined) return free;
    }
  }

  #remember(name: string, executable: string): void {
    this.#lastExecutable.delete(name);
    this.#lastExecutable.set(name, executable);
    if (this.#lastExecutable.size > MAX_REMEMBERED_NAMES) {
      const oldest = this.#lastExecutable.keys().next().value!;
      this.#lastExecutable.delete(oldest);
      this.#startedAtMs.delete(oldest);
    }
  }
}

function identity({ pid, startedAtMs }: Nameable): string {
  return `${pid}@${startedAtMs}`;
}
