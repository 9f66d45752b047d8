// `leakline verify`: the gate for CI. A service under load, a verdict as exit code, reports for people and machines.

import { appendFile, writeFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { EXIT, LeaklineError, messageOf } from '../errors.js';
import { githubAnnotations, gitlabReport, type RepositoryRoot } from '../verify/annotations.js';
import { baselineOf, writeBaseline } from '../verify/baseline.js';
import { CONFIG_FILE, readOptions, type FlagValues, type VerifyOptions } from '../verify/options.js';
import { junitReport } from '../verify/report-junit.js';
import { markdownReport } from '../verify/report-markdown.js';
import { textReport } from '../verify/report-text.js';
import { runVerify } from '../verify/run.js';
import type { VerifyResult } from '../verify/types.js';

interface Flags {
  config?: string;
  attach?: string;
  pprof?: string;
  ready?: string;
  readyTimeout?: string;
  load?: string;
  loadOnce?: boolean;
  operations?: string;
  operationsMatch?: string;
  warmup?: string;
  duration?: string;
  extend?: string;
  interval?: string;
  memprofileRate?: string;
  maxHeapGrowth?: string;
  maxGoroutineGrowth?: string;
  maxFunctionGrowth?: string;
  maxBytesPerOperation?: string;
  baseline?: string;
  writeBaseline?: string;
  onlyRegressions?: boolean;
  junit?: string;
  markdown?: string;
  gitlab?: string;
  jsonFile?: string;
  github?: boolean;
  root?: string;
  log?: string;
  json?: boolean;
  quiet?: boolean;
}

/** As shells tell that Ctrl-C ended a command. */
const INTERRUPTED = 130;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('run a service under load and fail when it leaks: the gate for CI')
    .argument('[command...]', 'the service and its arguments, after "--"')
    .option('-c, --config <file>', `options as a file (default: ${CONFIG_FILE}, if there is one)`)
    .option('--attach <pid|url|name>', 'a service that runs already, instead of a command')
    .option('--pprof <url>', 'base of its net/http/pprof, where it is not found by itself')
    .option('--ready <url>', 'address that answers 2xx once it is ready (default: pprof answers)')
    .option('--ready-timeout <time>', 'time to become ready (default: 60s)')
    .option('--load <command>', 'command line that puts load on it; started again when it ends')
    .option('--load-once', 'run the load once and judge when it has ended')
    .option('--operations <n|url#name>', 'operations of one run of the load, or a counter of the service')
    .option('--operations-match <regexp>', "the group is the number of operations in the load's output")
    .option('--warmup <time>', 'time under load that is not judged (default: 30s)')
    .option('--duration <time>', 'time that is watched (default: 3m)')
    .option('--extend <time>', 'watch on when growth is not sure (default: as --duration; 0s: never)')
    .option('--interval <time>', 'time between two forced collections (default: duration/60)')
    .option(
      '--memprofile-rate <size>',
      'sampling of heap profiles of a started service (default: 32KiB; 0: its own)',
    )
    .option('--max-heap-growth <size>', 'allow the live heap to grow by this a minute')
    .option('--max-goroutine-growth <n>', 'allow this many goroutines more a minute')
    .option('--max-function-growth <size>', 'fail when what one function holds grows by more a minute')
    .option('--max-bytes-per-operation <size>', 'fail when an operation leaves more in the heap')
    .option('--baseline <file>', 'compare with a stored run')
    .option('--write-baseline <file>', 'store this run')
    .option('--only-regressions', 'fail only on what is worse than the baseline')
    .option('--junit <file>', 'write JUnit XML')
    .option('--markdown <file>', 'append Markdown (in GitHub Actions: to the summary of the job, by itself)')
    .option('--gitlab <file>', 'write a code quality report of GitLab')
    .option('--github', 'print annotations of GitHub (in GitHub Actions: by itself)')
    .option(
      '--root <dir>',
      'root of the repository, for paths in annotations (default: as CI says, else here)',
    )
    .option('--log <file>', 'write the output of service and load to a file')
    .option('--json', 'print the result as JSON')
    .option('--json-file <file>', 'write the result as JSON')
    .option('-q, --quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  leakline verify --load 'hey -z 10m http://127.0.0.1:8080/' -- ./orders-api
  leakline verify --ready http://127.0.0.1:8080/healthz --load './load.sh' \\
      --max-bytes-per-operation 64B --junit leak.xml -- go run ./cmd/orders-api
  leakline verify --attach http://127.0.0.1:6060/debug/pprof/ --warmup 0s --duration 1m
  leakline verify --write-baseline leak-baseline.json -- ./orders-api    before the fix
  leakline verify --baseline leak-baseline.json -- ./orders-api          after it: what is fixed?
  leakline verify                                                        all from ${CONFIG_FILE}

Exit codes: 0 no leak, 1 a leak or a limit exceeded, 2 wrong usage or configuration,
3 the service crashed, never became ready, or serves no pprof; 130 interrupted.`,
    )
    .action(verify);
}

async function verify(command: string[], flags: Flags): Promise<void> {
  const options = await readOptions(flagValues(command, flags), flags.config);
  const interrupt = new AbortController();
  const onSignal = () =>
    interrupt.abort(new LeaklineError('interrupted', 'interrupted: everything that was started has ended'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  let result: VerifyResult;
  try {
    result = await runVerify(options, {
      signal: interrupt.signal,
      onProgress: (line) => {
        if (!flags.quiet) process.stderr.write(`leakline: ${line}\n`);
      },
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write(`leakline: ${messageOf(interrupt.signal.reason)}\n`);
    process.exitCode = INTERRUPTED;
    return;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
  const colours = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
  process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : textReport(result, { colours }));
  await writeReports(result, options, flags);
  process.exitCode = result.outcome === 'passed' ? EXIT.ok : EXIT.leakFound;
}

function flagValues(command: string[], flags: Flags): FlagValues {
  return {
    command: command.length > 0 ? command : undefined,
    attach: flags.attach,
    pprof: flags.pprof,
    ready: flags.ready,
    readyTimeout: flags.readyTimeout,
    load: flags.load,
    loadOnce: flags.loadOnce,
    operations: numeric(flags.operations),
    operationsMatch: flags.operationsMatch,
    warmup: flags.warmup,
    duration: flags.duration,
    extend: flags.extend,
    interval: flags.interval,
    memProfileRate: numeric(flags.memprofileRate),
    'limits.heapGrowthPerMinute': flags.maxHeapGrowth,
    'limits.goroutineGrowthPerMinute': numeric(flags.maxGoroutineGrowth),
    'limits.functionGrowthPerMinute': flags.maxFunctionGrowth,
    'limits.bytesPerOperation': flags.maxBytesPerOperation,
    baseline: flags.baseline,
    writeBaseline: flags.writeBaseline,
    onlyRegressions: flags.onlyRegressions,
    'reports.junit': flags.junit,
    'reports.markdown': flags.markdown,
    'reports.gitlab': flags.gitlab,
    'reports.json': flags.jsonFile,
    log: flags.log,
  };
}

/** A number where the text is one; else the text, for the message. */
function numeric(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

async function writeReports(result: VerifyResult, options: VerifyOptions, flags: Flags): Promise<void> {
  const { junit, markdown, gitlab, json } = options.reports;
  const root = repositoryRoot(flags.root, result.service.module);
  const isGithub = process.env.GITHUB_ACTIONS === 'true';
  const summary = markdown ?? (isGithub ? process.env.GITHUB_STEP_SUMMARY : undefined);
  if (flags.github || isGithub) {
    // With --json standard output is one JSON document; the runner reads both streams.
    (flags.json ? process.stderr : process.stdout).write(githubAnnotations(result, root));
  }
  const writes: [string | undefined, (file: string) => Promise<void>][] = [
    [junit, (file) => writeFile(file, junitReport(result))],
    [summary, (file) => appendFile(file, markdownReport(result))],
    [gitlab, (file) => writeFile(file, gitlabReport(result, root))],
    [json, (file) => writeFile(file, `${JSON.stringify(result)}\n`)],
    [options.writeBaseline, (file) => writeBaseline(file, baselineOf(result))],
  ];
  for (const [file, write] of writes) {
    if (file === undefined) continue;
    try {
      await write(file);
    } catch (error) {
      throw new LeaklineError('report_unwritable', `cannot write ${file}: ${messageOf(error)}`);
    }
  }
}

function repositoryRoot(root: string | undefined, module: string | undefined): RepositoryRoot {
  const where = path.resolve(root ?? process.env.GITHUB_WORKSPACE ?? process.env.CI_PROJECT_DIR ?? '.');
  return {
    root: where,
    ...(module !== undefined && { module }),
    isFile: (relative) => statSync(path.join(where, relative), { throwIfNoEntry: false })?.isFile() ?? false,
  };
}
