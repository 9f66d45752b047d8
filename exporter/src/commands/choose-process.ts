// Which process, where nobody named one: the Go processes of this host, the largest first, to choose from with the arrow keys.

import select from '@inquirer/select';
import { LeaklineError, UsageError } from '../errors.js';
import { formatBytes } from '../format.js';
import { clip, harmless, padEnd, padStart, widthOf, type Glyphs } from '../diagnose/text.js';
import { listGoProcesses, memoryOf, openHost, type GoProcess, type SessionTarget } from '../session/index.js';

/** What the prompt itself puts before a choice. */
const MARGIN = 4;
const SHOWN = 15;

export interface ChooseOptions {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  glyphs: Glyphs;
}

/** Rejects with a UsageError `no_target` where nobody can choose, and with `no_go_process` where there is nothing to choose. */
export async function chooseProcess({ input, output, glyphs }: ChooseOptions): Promise<SessionTarget> {
  const { found, unread } = await goProcesses();
  if (found.length === 0) {
    const denied = unread.filter(({ reason }) => reason === 'denied').length;
    throw new LeaklineError(
      'no_go_process',
      'this user sees no Go process on this host' +
        (denied > 0 ? `; ${denied} processes could not be looked into without more rights` : ''),
    );
  }
  if (!input.isTTY || !output.isTTY) {
    const names = found.slice(0, SHOWN).map(({ name, pid }) => `${harmless(name)} (${pid})`);
    throw new UsageError('no_target', `name a PID, an address or a name; there are: ${names.join(', ')}`);
  }
  const lines = choiceLines(found, (output.columns ?? 80) - MARGIN, glyphs);
  const pid = await select(
    {
      message: 'Which process?',
      pageSize: Math.min(SHOWN, Math.max(3, (output.rows ?? 24) - 4)),
      loop: false,
      choices: found.map((each, i) => ({ name: lines[i]!, value: each.pid, short: harmless(each.name) })),
    },
    { input, output },
  );
  return { kind: 'pid', pid };
}

async function goProcesses() {
  const host = await openHost();
  try {
    return await listGoProcesses(host);
  } finally {
    host.reader.close?.();
  }
}

/** "orders-api   148 MiB   4711   go1.26.4   example.com/orders", in columns. */
export function choiceLines(found: readonly GoProcess[], width: number, glyphs: Glyphs): string[] {
  const rows = found.map(({ name, pid, go, reading }) => ({
    name: harmless(name),
    memory: memoryOf(reading) === 0 ? '-' : formatBytes(memoryOf(reading)),
    pid: String(pid),
    rest: [go.goVersion, go.module]
      .flatMap((fact) => (fact === undefined ? [] : [harmless(fact)]))
      .join('  '),
  }));
  const longest = (of: (row: (typeof rows)[number]) => string) =>
    Math.max(...rows.map((row) => widthOf(of(row))));
  const nameWidth = Math.min(
    longest(({ name }) => name),
    Math.max(8, Math.floor(width / 3)),
  );
  const pidWidth = longest(({ pid }) => pid);
  const memoryWidth = longest(({ memory }) => memory);
  return rows.map(({ name, memory, pid, rest }) => {
    const line = `${padEnd(clip(name, nameWidth, glyphs), nameWidth)}  ${padStart(memory, memoryWidth)}  ${padStart(pid, pidWidth)}  ${rest}`;
    return clip(line.trimEnd(), width, glyphs);
  });
}
