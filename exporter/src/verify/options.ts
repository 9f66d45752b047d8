// What a run of `leakline verify` is told: leakline-verify.yml and the flags, which win. One schema checks both.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { file, httpUrl } from '../config/fields.js';
import { problemsOf, type ValueProblem } from '../config/problems.js';
import { byteSize, duration, parseDuration } from '../config/units.js';
import { parseYaml } from '../config/yaml-file.js';
import { messageOf, UsageError } from '../errors.js';

/** Looked for in the current folder when no file is named. */
export const CONFIG_FILE = 'leakline-verify.yml';

const KIB = 1024;

/** URL#NAME: a counter of expvar (dots lead into objects) or of a Prometheus endpoint. */
const COUNTER = /^https?:\/\/[^\s#]+#[^\s#]+$/;

export const verifySchema = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .max(1000)
    .optional()
    .describe('The service and its arguments, as a list. Started in the current folder, without a shell.'),
  attach: z
    .string()
    .min(1)
    .optional()
    .describe('A service that runs already: PID, address of its pprof, or name of the process.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of the environment'), z.string())
    .default({})
    .meta({ allowed: 'names and values' })
    .describe('Environment of the service, beside that of Leakline.'),
  pprof: httpUrl()
    .optional()
    .describe('Base of its net/http/pprof, where it is not found on the loopback ports of the process.'),
  ready: httpUrl()
    .optional()
    .describe('Address that answers 2xx once the service is ready. Without it: pprof answers.'),
  readyTimeout: duration({ min: '1s', max: '1h' }).default(60_000).describe('Time to become ready.'),
  load: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Command line of the load, run by the shell; started again when it ends while Leakline watches.',
    ),
  loadOnce: z.boolean().default(false).describe('Run the load once, and watch until it ends at the latest.'),
  operations: z
    .union([z.int().positive(), z.string().regex(COUNTER)], {
      error: () => 'must be a number of operations that a run of the load makes, or a counter as URL#NAME',
    })
    .optional()
    .meta({ allowed: 'number, or URL#NAME' })
    .describe(
      'Operations of one run of the load, or a counter of the service: `http://…/metrics#http_requests_total`, `http://…/debug/vars#requests`. Without it they are read from the output of hey, wrk, k6, ab, oha, bombardier, autocannon or vegeta.',
    ),
  operationsMatch: z
    .string()
    .min(1)
    .max(1000)
    .refine((text) => isPattern(text), { message: 'must be a regular expression with one group, the number' })
    .optional()
    .describe('Regular expression whose group is the number of operations in the output of the load.'),
  warmup: duration({ min: '0s', max: '1h' }).default(30_000).describe('Time under load that is not judged.'),
  duration: duration({ min: '5s', max: '1d' }).default(180_000).describe('Time that is watched.'),
  extend: duration({ min: '0s', max: '1d' })
    .optional()
    .describe(
      'Time to watch on when growth is seen and not sure. Default: as long as `duration`; `0s`: never.',
    ),
  interval: duration({ min: '200ms', max: '5m' })
    .optional()
    .describe('Time between two readings, each after a forced collection. Default: a 180th of `duration`.'),
  memProfileRate: z
    .union([z.literal(0), byteSize()], { error: () => 'must be a size such as "32KiB", or 0' })
    .default(32 * KIB)
    .meta({ allowed: 'size, or 0' })
    .describe(
      'The service is started with `GODEBUG=memprofilerate`: a finer profile names smaller leaks. 0 leaves it as it is.',
    ),
  limits: z
    .strictObject({
      heapGrowthPerMinute: byteSize()
        .optional()
        .describe(
          'Growth of the live heap that is allowed. Without it every sure growth from 0.5 % a minute on fails.',
        ),
      goroutineGrowthPerMinute: z
        .number()
        .positive()
        .optional()
        .describe('Growth of the goroutines that is allowed.'),
      functionGrowthPerMinute: byteSize()
        .optional()
        .describe(
          'Growth of what one function holds that is allowed. Without it functions are told and not judged.',
        ),
      bytesPerOperation: byteSize()
        .optional()
        .describe('Bytes of live heap that an operation may leave behind.'),
    })
    .prefault({})
    .describe('What may grow, and how much.'),
  baseline: file().optional().describe('A stored run to compare with.'),
  writeBaseline: file().optional().describe('Where to store this run.'),
  onlyRegressions: z
    .boolean()
    .default(false)
    .describe('Fail only on what is worse than the baseline: for a service with leaks that are known.'),
  reports: z
    .strictObject({
      junit: file().optional().describe('JUnit XML.'),
      markdown: file().optional().describe('Markdown, for the summary of a pull request. Appended.'),
      gitlab: file().optional().describe("GitLab's code quality report."),
      json: file().optional().describe('The whole result as JSON.'),
    })
    .prefault({})
    .describe('Files to write.'),
  log: file().optional().describe('Where the output of service and load goes.'),
});

export type VerifyOptions = z.infer<typeof verifySchema>;
export type VerifyLimits = VerifyOptions['limits'];

/** The flag of each field, for messages. */
export const FLAGS: Record<string, string> = {
  attach: '--attach',
  pprof: '--pprof',
  ready: '--ready',
  readyTimeout: '--ready-timeout',
  load: '--load',
  loadOnce: '--load-once',
  operations: '--operations',
  operationsMatch: '--operations-match',
  warmup: '--warmup',
  duration: '--duration',
  extend: '--extend',
  interval: '--interval',
  memProfileRate: '--memprofile-rate',
  'limits.heapGrowthPerMinute': '--max-heap-growth',
  'limits.goroutineGrowthPerMinute': '--max-goroutine-growth',
  'limits.functionGrowthPerMinute': '--max-function-growth',
  'limits.bytesPerOperation': '--max-bytes-per-operation',
  baseline: '--baseline',
  writeBaseline: '--write-baseline',
  onlyRegressions: '--only-regressions',
  'reports.junit': '--junit',
  'reports.markdown': '--markdown',
  'reports.gitlab': '--gitlab',
  'reports.json': '--json-file',
  log: '--log',
};

/** Options by their path in the file ("limits.bytesPerOperation"), as flags gave them: texts, numbers, true. */
export type FlagValues = Record<string, unknown>;

/**
 * The options of the file (undefined: leakline-verify.yml of the folder, if there is one) with the flags over them.
 * Rejects with a UsageError `config_unreadable`, `bad_config` or `bad_flag`.
 */
export async function readOptions(
  flags: FlagValues,
  configFile: string | undefined,
  cwd = process.cwd(),
): Promise<VerifyOptions> {
  const fromFile = await readConfigFile(configFile, cwd);
  const given = checkFlags(flags);
  const options: VerifyOptions = {
    ...fromFile,
    limits: { ...fromFile.limits },
    reports: { ...fromFile.reports },
  };
  for (const [key, value] of Object.entries(given)) {
    const [group, field] = key.split('.') as [string, string | undefined];
    if (field === undefined) Object.assign(options, { [group]: value });
    else Object.assign(options[group as 'limits' | 'reports'], { [field]: value });
  }
  // A command and a running service exclude each other; what the command line says wins over the file.
  if (flags.command !== undefined && flags.attach === undefined) delete options.attach;
  if (flags.attach !== undefined && flags.command === undefined) delete options.command;
  const [problem] = acrossOptions(options);
  if (problem) throw new UsageError('bad_flag', problem.message);
  return options;
}

async function readConfigFile(configFile: string | undefined, cwd: string): Promise<VerifyOptions> {
  const name = configFile ?? CONFIG_FILE;
  const where = path.resolve(cwd, name);
  let text: string;
  try {
    text = await readFile(where, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (configFile === undefined && isMissing) return verifySchema.parse({});
    throw new UsageError('config_unreadable', `cannot read the configuration ${name}: ${messageOf(error)}`);
  }
  const options = parseYaml(text, name, verifySchema);
  const absolute = (each: string | undefined) =>
    each === undefined ? {} : path.resolve(path.dirname(where), each);
  for (const field of ['baseline', 'writeBaseline', 'log'] as const)
    if (options[field] !== undefined) Object.assign(options, { [field]: absolute(options[field]) });
  for (const field of ['junit', 'markdown', 'gitlab', 'json'] as const)
    if (options.reports[field] !== undefined)
      Object.assign(options.reports, { [field]: absolute(options.reports[field]) });
  return options;
}

/** The values of the flags, checked and in the units of the code. Throws a UsageError `bad_flag`. */
function checkFlags(flags: FlagValues): FlagValues {
  const nested: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const [group, field] = key.split('.') as [string, string | undefined];
    if (field === undefined) nested[group] = value;
    else nested[group] = { ...(nested[group] as object | undefined), [field]: value };
  }
  const parsed = verifySchema.safeParse(nested);
  if (!parsed.success) {
    const valueAt = (at: readonly PropertyKey[]) =>
      at.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], nested);
    const [problem] = problemsOf(parsed.error.issues, verifySchema, valueAt);
    const name = problem!.path.map(String).join('.');
    throw new UsageError('bad_flag', `${FLAGS[name] ?? name} ${problem!.message}`);
  }
  const data = parsed.data as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(flags)
      .filter((key) => flags[key] !== undefined)
      .map((key) => {
        const [group, field] = key.split('.') as [string, string | undefined];
        return [key, field === undefined ? data[group] : (data[group] as Record<string, unknown>)[field]];
      }),
  );
}

function acrossOptions(options: VerifyOptions): ValueProblem[] {
  const problem = (field: string, message: string) => [{ path: [field], message }];
  if (options.command && options.attach !== undefined)
    return problem('attach', 'a service to attach to and a command to start exclude each other: name one');
  if (!options.command && options.attach === undefined)
    return problem(
      'command',
      'what is to be verified? Name the command after "--" (leakline verify -- ./service --port 8080), ' +
        'or a service that runs with --attach',
    );
  if (intervalMsOf(options) > options.duration / LEAST_READINGS)
    return problem(
      'interval',
      `--interval must be at most a ${LEAST_READINGS}th of --duration: fewer readings prove nothing`,
    );
  if (options.onlyRegressions && options.baseline === undefined)
    return problem('onlyRegressions', '--only-regressions needs a --baseline to compare with');
  const needsCount =
    typeof options.operations === 'number' || options.operationsMatch !== undefined || options.loadOnce;
  if (needsCount && options.load === undefined)
    return problem(
      'load',
      'operations of a load, and --load-once, need a --load; count with URL#NAME without one',
    );
  const counts = typeof options.operations === 'string' || options.load !== undefined;
  if (options.limits.bytesPerOperation !== undefined && !counts)
    return problem(
      'limits',
      'bytes per operation need operations: a --load, or a counter as --operations URL#NAME',
    );
  return [];
}

function isPattern(text: string): boolean {
  try {
    return (new RegExp(`${text}|`).exec('')?.length ?? 0) >= 2;
  } catch {
    return false;
  }
}

/** Time between two readings: as told, or one a second in three minutes. */
export function intervalMsOf({ interval, duration: window }: VerifyOptions): number {
  return interval ?? Math.max(LEAST_INTERVAL_MS, window / READINGS);
}

const READINGS = 180;
const LEAST_READINGS = 20;
const LEAST_INTERVAL_MS = parseDuration('200ms')!;
