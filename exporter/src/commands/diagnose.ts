// `leakline diagnose`: the four steps on one process, live in the terminal, with an answer at the end.

import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { fileProblem } from '../config/file-cache.js';
import { loadConfig, parseByteSize, parseDuration } from '../config/index.js';
import { Course } from '../diagnose/course.js';
import { exitCodeOf, jsonOf } from '../diagnose/json.js';
import { judgeReadings } from '../diagnose/judge.js';
import { LiveView } from '../diagnose/live.js';
import { PlainView } from '../diagnose/plain.js';
import { reportModelOf } from '../diagnose/report-model.js';
import { saveProfiles } from '../diagnose/save.js';
import { summary } from '../diagnose/summary.js';
import { glyphsFor, type Glyphs } from '../diagnose/text.js';
import type { Findings, View } from '../diagnose/types.js';
import { UsageError } from '../errors.js';
import { formatDuration } from '../format.js';
import { reportFormatOf } from '../report/index.js';
import { writeReport } from '../report/write.js';
import {
  attach,
  parseSessionTarget,
  type AttachOptions,
  type Session,
  type SessionTarget,
} from '../session/index.js';
import { sourceReaderFor } from '../source-files/source-reader.js';
import { Load } from '../verify/load.js';
import { chooseProcess } from './choose-process.js';

interface DiagnoseFlags {
  duration?: string;
  untilVerdict?: boolean;
  interval: string;
  load?: string;
  report?: string;
  save?: string;
  json?: boolean;
  gc: boolean;
  pprof?: string;
  config?: string;
  memoryLimit?: string;
  sourcePath?: string;
  trimPath?: string;
  bearerTokenFile?: string;
  caFile?: string;
  insecureSkipVerify?: boolean;
}

const MINUTE_MS = 60_000;
const DEFAULT_DURATION_MS = 3 * MINUTE_MS;
const DEFAULT_UNTIL_VERDICT_MS = 15 * MINUTE_MS;
const LEAST_DURATION_MS = 5000;
const MOST_DURATION_MS = 24 * 60 * MINUTE_MS;
const LEAST_INTERVAL_MS = 100;
/** A summary is prose and tables: wider lines are harder to read. */
const WIDEST_SUMMARY = 120;
/** Where the output is no terminal. */
const PIPE_WIDTH = 100;
/** 128 + SIGINT, as shells have it. */
const EXIT_INTERRUPTED = 130;

export function diagnoseCommand(): Command {
  return new Command('diagnose')
    .description('find out whether one Go process leaks, how fast, and which line holds the memory')
    .argument(
      '[target]',
      'PID, address of its pprof (HOST:PORT or URL), or name; without one, choose from a list',
    )
    .option('-d, --duration <time>', 'watch for so long (default: 3m; with --until-verdict at most, 15m)')
    .option('-u, --until-verdict', 'end as soon as the verdict is sure')
    .option('--load <command>', 'run this command while watching, again when it ends')
    .option('-r, --report <file>', 'write a report: FILE.md, .html or .pdf')
    .option('--save <dir>', 'keep the profiles in this folder, for "leakline pprof" or "go tool pprof"')
    .option('--json', 'print the findings as JSON; progress goes to standard error')
    .option('-i, --interval <time>', 'time between two samples', '1s')
    .option('--no-gc', 'force no garbage collections but those of the profiles')
    .option('--pprof <url>', 'base of its net/http/pprof, where it is not found by itself')
    .option('-c, --config <file>', 'leakline.yml, for names, credentials and limits of its targets')
    .option('--memory-limit <size>', 'memory that it may use, for the time that is left')
    .option('--source-path <dirs>', 'where its sources lie (default: the working directory)')
    .option('--trim-path <prefixes>', 'what is cut from the beginning of source paths')
    .option(
      '--bearer-token-file <file>',
      'credentials for its pprof; user and password may stand in the address',
    )
    .option('--ca-file <file>', 'certificates to trust for https addresses')
    .addOption(new Option('--insecure-skip-verify', 'accept any certificate'))
    .addHelpText(
      'after',
      `
Examples:
  leakline diagnose                                    choose from the Go processes of this host
  leakline diagnose 4711                               by process id
  leakline diagnose orders-api --until-verdict         by name, until the verdict is sure
  leakline diagnose http://10.0.0.7:6060/debug/pprof/  another host: Go's side alone
  leakline diagnose orders-api --load 'hey -z 30s http://127.0.0.1:8080/orders'
  leakline diagnose 4711 --duration 10m --report leak.html --save profiles/

It takes heap and goroutine profiles at the beginning, along the way and at the end, each after a garbage collection, and
forces further collections in between, for at most 10 % of the time (30 % until a dozen are there): what survives them
is the live heap.

Exit codes: 0 no leak was found, 1 a leak was found, 2 wrong usage, 3 the process could not be reached or has ended.`,
    )
    .action(diagnose);
}

async function diagnose(word: string | undefined, flags: DiagnoseFlags): Promise<void> {
  const settings = settingsOf(flags);
  await checkFiles(flags);
  const { stdin: input, stdout: output } = process;
  const glyphs = glyphsFor(process.platform, process.env);
  const target =
    word === undefined ? await chooseProcess({ input, output, glyphs }) : parseSessionTarget(word);
  const session = await attach(target, await attachOptions(flags, target));
  let load: Load | undefined;
  try {
    load = flags.load === undefined ? undefined : await Load.start({ command: flags.load, once: false });
    const findings = await watch(session, flags, settings, glyphs, load);
    await load?.stop();
    process.exitCode = exitCodeOf(findings);
    // What was found first: a full disk must not cost it.
    process.stdout.write(
      flags.json ? `${JSON.stringify(jsonOf(findings), undefined, 2)}\n` : textOf(findings, glyphs),
    );
    if (flags.save !== undefined) await saveProfiles(flags.save, findings.captures);
    if (flags.report !== undefined) await writeReport(await reportModelOf(findings), flags.report);
    const kept = [
      ...(flags.report === undefined ? [] : [`Report: ${flags.report}\n`]),
      ...(flags.save === undefined ? [] : [`Profiles: ${flags.save}\n`]),
    ];
    if (kept.length > 0 && !flags.json) process.stdout.write(`\n${kept.join('')}`);
  } finally {
    await load?.stop();
    await session.close();
  }
}

async function watch(
  session: Session,
  flags: DiagnoseFlags,
  settings: { durationMs: number },
  glyphs: Glyphs,
  load: Load | undefined,
): Promise<Findings> {
  const finish = new AbortController();
  const { stdin: input, stdout: output } = process;
  const isLive = output.isTTY && !flags.json;
  const view: View = isLive
    ? new LiveView({
        streams: { input, output },
        glyphs,
        colors: pc.createColors(pc.isColorSupported),
        onKey: (key) => (key === 'interrupt' ? interrupt() : finish.abort()),
      })
    : new PlainView((text) => (flags.json ? process.stderr : output).write(text));
  process.on('SIGINT', interrupt);
  process.once('SIGTERM', stopAtOnce);
  try {
    if (!isLive) view.note(`watching ${describe(session)} for ${settings.durationMs / 1000} s`);
    return await new Course(
      session,
      {
        durationMs: settings.durationMs,
        untilVerdict: flags.untilVerdict ?? false,
        forceGc: flags.gc,
        judge: judgeReadings,
        readSource: sourceReaderFor(
          { sourcePath: flags.sourcePath ?? '', trimPath: flags.trimPath ?? '' },
          { cwd: process.cwd(), home: homedir(), env: process.env },
        ),
        finish: finish.signal,
        ...(load && { load: { command: flags.load!, failed: load.failed, warnings: load.warnings } }),
      },
      view,
    ).run();
  } finally {
    view.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', stopAtOnce);
  }

  /** The first Ctrl-C ends the watching with what is known, the second everything. */
  function interrupt(): void {
    if (finish.signal.aborted) stopAtOnce();
    finish.abort();
  }

  function stopAtOnce(): void {
    view.close();
    void load?.stop();
    process.exit(EXIT_INTERRUPTED);
  }
}

function describe(session: Session): string {
  const { pid, go } = session.status();
  const facts = [pid === undefined ? undefined : `pid ${pid}`, go.goVersion, go.module].filter(
    (fact) => fact !== undefined,
  );
  return facts.length > 0 ? `${session.name} (${facts.join(', ')})` : session.name;
}

function textOf(findings: Findings, glyphs: Glyphs): string {
  // Absent where the output is not a terminal.
  const isTTY = Boolean(process.stdout.isTTY);
  const { columns = PIPE_WIDTH } = process.stdout;
  const width = isTTY ? Math.min(columns, WIDEST_SUMMARY) : PIPE_WIDTH;
  const lines = summary(findings, { width, glyphs, colors: pc.createColors(isTTY && pc.isColorSupported) });
  return `${[...(isTTY ? [] : ['']), ...lines].join('\n')}\n`;
}

/** Checks everything that can be wrong before anything is started. */
function settingsOf(flags: DiagnoseFlags): { durationMs: number } {
  if (flags.report !== undefined) reportFormatOf(flags.report);
  const fallback = flags.untilVerdict ? DEFAULT_UNTIL_VERDICT_MS : DEFAULT_DURATION_MS;
  const durationMs =
    flags.duration === undefined
      ? fallback
      : durationOf('--duration', flags.duration, LEAST_DURATION_MS, MOST_DURATION_MS);
  return { durationMs };
}

/** Minutes of watching are not to end in a name that was wrong from the beginning. */
async function checkFiles({ report, bearerTokenFile, caFile }: DiagnoseFlags): Promise<void> {
  for (const [flag, file] of [
    ['--bearer-token-file', bearerTokenFile],
    ['--ca-file', caFile],
  ] as const)
    if (file !== undefined)
      await access(file, constants.R_OK).catch((error: unknown) => {
        throw new UsageError('bad_flag', `${flag}: cannot read ${file}: ${fileProblem(error)}`);
      });
  if (report === undefined) return;
  const folder = dirname(resolve(report));
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw new UsageError('bad_flag', `--report: cannot write into ${folder}: ${fileProblem(error)}`);
  });
}

async function attachOptions(flags: DiagnoseFlags, target: SessionTarget): Promise<AttachOptions> {
  if (flags.pprof !== undefined && target.kind === 'url')
    throw new UsageError('bad_flag', '--pprof is for a PID or a name; the address is named already');
  const pprof = flags.pprof === undefined ? undefined : parseSessionTarget(flags.pprof);
  if (pprof !== undefined && pprof.kind !== 'url')
    throw new UsageError('bad_flag', '--pprof must be an address such as http://127.0.0.1:6060/debug/pprof/');
  const memoryLimitBytes = flags.memoryLimit === undefined ? undefined : parseByteSize(flags.memoryLimit);
  if (flags.memoryLimit !== undefined && !memoryLimitBytes)
    throw new UsageError(
      'bad_flag',
      `--memory-limit must be a size such as "512MiB", not ${JSON.stringify(flags.memoryLimit)}`,
    );
  const basicAuth = pprof?.basicAuth ?? (target.kind === 'url' ? target.basicAuth : undefined);
  const needsTls = flags.caFile !== undefined || flags.insecureSkipVerify === true;
  return {
    intervalMs: durationOf('--interval', flags.interval, LEAST_INTERVAL_MS, MINUTE_MS),
    ...(pprof && { pprofUrl: pprof.url }),
    ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
    ...(flags.config !== undefined && { configured: (await loadConfig(flags.config)).targets }),
    auth: {
      ...(basicAuth && { basicAuth }),
      ...(flags.bearerTokenFile !== undefined && { bearerTokenFile: flags.bearerTokenFile }),
      ...(needsTls && {
        tls: { caFile: flags.caFile, insecureSkipVerify: flags.insecureSkipVerify ?? false },
      }),
    },
  };
}

function durationOf(flag: string, text: string, leastMs: number, mostMs: number): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageError(
      'bad_flag',
      `${flag} must be a duration such as "90s" or "10m", not ${JSON.stringify(text)}`,
    );
  if (ms < leastMs || ms > mostMs)
    throw new UsageError(
      'bad_flag',
      `${flag} must be between ${formatDuration(leastMs / 1000)} and ${formatDuration(mostMs / 1000)}`,
    );
  return ms;
}
