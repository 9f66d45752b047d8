// The configuration file, leakline.yml, as a schema: every field, its type, its default, what it is for. Unknown fields
// are errors. The reference in docs/configuration.md is made from it.

import { z } from 'zod';
import { authFields, file, httpUrl, namePatterns, oneAuth, secret } from './fields.js';
import { byteSize, duration } from './units.js';

const DAY_MS = 86_400_000;
const MIB = 2 ** 20;
const MAX_PORT = 65_535;

/** Labels that Leakline's own metrics carry, and those that Prometheus keeps for itself. */
const RESERVED_LABELS = /^(__.*|target|signal|pattern|state|part|limit|function|trigger|result|quantile)$/;

function labelName() {
  return z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be a label name: letters, digits and "_", no digit first');
}

export const targetSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits, ".", "_" or "-", at most 128')
      .meta({ allowed: 'letters, digits, `.`, `_`, `-`; at most 128' })
      .describe('Name of the target in metrics, API and page; stable over restarts.'),
    executable: z
      .string()
      .min(1)
      .optional()
      .describe('Finds the process on this host by the base name or the whole path of its executable.'),
    module: z.string().min(1).optional().describe('Finds the process by the path of its Go main module.'),
    pidFile: file().optional().describe('Finds the process by the pid that this file holds.'),
    pprof: httpUrl()
      .refine((url) => !/[?#]/.test(url), { message: 'must hold no "?" and no "#"' })
      .optional()
      .describe('Base of net/http/pprof, e.g. `http://127.0.0.1:6060/debug/pprof/`. May be on another host.'),
    expvar: httpUrl()
      .optional()
      .describe('Address of expvar. Without it, `/debug/vars` beside `pprof` is tried.'),
    metrics: httpUrl().optional().describe('Address of a Prometheus endpoint of the service.'),
    memoryLimit: byteSize()
      .optional()
      .describe(
        'Memory that the process may use, for the time to the limit. Limits of the system are found without it.',
      ),
    gogc: z
      .int()
      .min(-1)
      .optional()
      .describe('GOGC of the process in percent, -1 for off; for services that do not tell it.'),
    labels: z
      .record(
        labelName().refine((name) => !RESERVED_LABELS.test(name), {
          message: 'is a label of Leakline itself',
        }),
        z.string(),
      )
      .default({})
      .meta({ allowed: 'label names and their values' })
      .describe('Labels of the target in the API.'),
    ...authFields,
  })
  .refine((t) => t.executable ?? t.module ?? t.pidFile ?? t.pprof ?? t.expvar ?? t.metrics, {
    message: 'needs at least one of executable, module, pidFile, pprof, expvar and metrics',
  })
  .refine(...oneAuth);

const storeSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('local').describe('In a folder of this host.'),
    dir: file().optional().describe('Folder that holds `captures/` and `incidents/`. Default: `state.dir`.'),
    minFree: byteSize()
      .default(256 * MIB)
      .describe('Room on its disk that captures leave to everything else.'),
  }),
  z
    .strictObject({
      type: z.literal('s3').describe('In a bucket of S3 or of what speaks its protocol.'),
      bucket: z.string().min(1).describe('Name of the bucket.'),
      prefix: z.string().default('leakline/').describe('What the keys of all objects begin with.'),
      region: z.string().default('us-east-1').describe('Region of the bucket.'),
      endpoint: httpUrl().optional().describe('Address of the service, where it is not Amazon.'),
      forcePathStyle: z.boolean().default(false).describe('Put the bucket into the path, as MinIO wants it.'),
      accessKeyId: z.string().optional().describe('Without it, the usual sources of the AWS SDK are used.'),
      secretAccessKey: secret().optional().describe('Better: `secretAccessKeyFile`.'),
      secretAccessKeyFile: file().optional().describe('File that holds the secret access key.'),
    })
    .refine((s) => s.secretAccessKey === undefined || s.secretAccessKeyFile === undefined, {
      message: 'needs at most one of secretAccessKey and secretAccessKeyFile',
    })
    .refine(
      (s) => (s.accessKeyId === undefined) === ((s.secretAccessKey ?? s.secretAccessKeyFile) === undefined),
      { message: 'needs accessKeyId together with secretAccessKey or secretAccessKeyFile' },
    ),
]);

export const configSchema = z.strictObject({
  listen: z
    .string()
    .regex(
      /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):\d{1,5}$/,
      'must be HOST:PORT, such as "127.0.0.1:9464" or ":9464"',
    )
    .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= MAX_PORT, {
      message: `must have a port of at most ${MAX_PORT}`,
    })
    .default('127.0.0.1:9464')
    .meta({ allowed: 'HOST:PORT' })
    .describe('Where metrics, API and page are served. `:9464` listens on every address of the host.'),
  webConfigFile: file()
    .optional()
    .describe(
      'Web configuration in the format of the Prometheus exporter-toolkit: TLS and basic auth users.',
    ),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('Least severity that is logged.'),
      format: z
        .enum(['auto', 'json', 'human'])
        .default('auto')
        .describe('`auto` writes for people on a terminal, else JSON lines.'),
      file: file()
        .optional()
        .describe(
          'File to log to instead of standard error: `leakline.log` is `leakline.1.log` and so on, five of 10 MB at the most.',
        ),
    })
    .prefault({})
    .describe('Logs, on standard error.'),
  sampleInterval: duration({ min: '1s', max: '5m' })
    .default(5000)
    .describe('Time between two samples of a target.'),
  discovery: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Watch the Go processes of this host without naming them.'),
      probe: z
        .boolean()
        .default(true)
        .describe('Ask the loopback ports of Go processes for `/debug/pprof/` and `/debug/vars`.'),
      interval: duration({ min: '1s', max: '1h' })
        .default(30_000)
        .describe('Time between two looks for new processes.'),
      include: namePatterns().describe('Only these are watched; empty means all.'),
      exclude: namePatterns().describe('These are not watched.'),
    })
    .prefault({})
    .describe('Finding Go processes.'),
  processes: z
    .strictObject({
      top: z
        .int()
        .min(0)
        .max(500)
        .default(20)
        .describe('So many processes, the largest by private working set, are in the metrics.'),
      include: namePatterns().describe('These are in the metrics, however small.'),
      exclude: namePatterns().describe('These are not in the metrics.'),
    })
    .prefault({})
    .describe('Processes in the metrics that are no targets.'),
  targets: z.array(targetSchema).max(1000).default([]).describe('Go services under watch.'),
  leak: z
    .strictObject({
      mode: z
        .enum(['service', 'session'])
        .default('service')
        .describe(
          '`service`: the patience of hours, for slow growth. `session`: short windows, for load under control.',
        ),
    })
    .prefault({})
    .describe('How leaks are judged.'),
  prometheus: z
    .strictObject({
      url: httpUrl().describe('Address of the server.'),
      lookback: duration({ min: '1h', max: '30d' })
        .default(8 * DAY_MS)
        .describe('How far back samples are read at start.'),
      labels: z
        .record(labelName(), z.string())
        .default({})
        .meta({ allowed: 'label names and their values' })
        .describe(
          'Labels that the server gives to the series of this exporter, e.g. `instance`; needed where it scrapes several exporters with targets of the same name.',
        ),
      ...authFields,
    })
    .refine(...oneAuth)
    .optional()
    .describe(
      'A Prometheus server with the history of the targets: after a restart, it is not learned anew.',
    ),
  state: z
    .strictObject({
      dir: file()
        .optional()
        .describe(
          'Where Leakline keeps its state. Default: `/var/lib/leakline` for root, else `~/.local/state/leakline`; on Windows `%LOCALAPPDATA%\\leakline`, for a service `%ProgramData%\\leakline`.',
        ),
      saveInterval: duration({ min: '10s', max: '1h' }).default(60_000).describe('Time between two savings.'),
    })
    .prefault({})
    .describe('What outlives a restart.'),
  capture: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Take profiles of targets.'),
      onVerdict: z
        .boolean()
        .default(true)
        .describe('Take them when Leakline itself sees a leak, without an alert.'),
      gc: z
        .boolean()
        .default(true)
        .describe('Let the target collect garbage first, so that the profile is of now.'),
      minGcInterval: duration({ min: '1s', max: '1d' })
        .default(60_000)
        .describe('Least time between two such collections of a target.'),
      cooldown: duration({ min: '0s', max: '1d' })
        .default(600_000)
        .describe('Least time between two captures of a target for the same reason.'),
      followUp: duration({ min: '10s', max: '1d' })
        .default(300_000)
        .describe('Time after which a capture is followed by a second one, to see what grew.'),
      goroutineDebug2: z
        .boolean()
        .default(false)
        .describe(
          'Also capture every goroutine with how long it waits. Stops the target for some milliseconds.',
        ),
      baseline: z
        .strictObject({
          after: duration({ min: '10s', max: '7d' })
            .default(900_000)
            .describe('Time of health after which the first baseline is taken.'),
          every: duration({ min: '1m', max: '30d' })
            .default(21_600_000)
            .describe('Time between two baselines.'),
          keep: z.int().min(1).max(100).default(3).describe('So many baselines of a target are kept.'),
        })
        .prefault({})
        .describe('Captures of the healthy state, to compare with.'),
      alertLabels: z
        .array(z.string().min(1))
        .default([])
        .describe(
          'Labels of an alert that name the target, in this order, where it has no `target` label: by its name, or by the label of that name in `targets[].labels`.',
        ),
      maxProfileBytes: byteSize()
        .default(256 * MIB)
        .describe('Largest profile that is taken.'),
      timeout: duration({ min: '1s', max: '10m' }).default(60_000).describe('Longest time for one profile.'),
      retention: z
        .strictObject({
          maxAge: duration({ min: '1h', max: '3650d' })
            .default(30 * DAY_MS)
            .describe('Age at which captures go.'),
          maxPerTarget: z.int().min(2).default(100).describe('So many captures of a target are kept.'),
          maxBytesPerTarget: byteSize()
            .default(512 * MIB)
            .describe('So much of a target is kept.'),
          maxBytes: byteSize()
            .default(4096 * MIB)
            .describe('So much is kept in all.'),
        })
        .prefault({})
        .describe('How long captures are kept.'),
      store: storeSchema.default({ type: 'local', minFree: 256 * MIB }).describe('Where captures are kept.'),
      pyroscope: z
        .strictObject({
          url: httpUrl().describe('Address of the server.'),
          tenant: z.string().min(1).optional().describe('Tenant, sent as `X-Scope-OrgID`.'),
          ...authFields,
        })
        .refine(...oneAuth)
        .optional()
        .describe('A Pyroscope server that gets a copy of every captured profile.'),
    })
    .prefault({})
    .describe('Taking and keeping profiles.'),
  profile: z
    .strictObject({
      sourceRoots: z.array(file()).default([]).describe('Folders in which source files are looked for.'),
      trimPath: z.string().optional().describe('What is cut from the beginning of source paths.'),
      sourceLink: z
        .string()
        .regex(/^https?:\/\//, 'must be an http:// or https:// address')
        .optional()
        .describe(
          'Link to a line of a target’s own code; `{module}`, `{revision}`, `{path}` and `{line}` are filled in: `https://{module}/blob/{revision}/{path}#L{line}` leads to GitHub for every module that is named after its repository there.',
        ),
    })
    .prefault({})
    .describe('Showing profiles.'),
});

export type Config = z.infer<typeof configSchema>;
export type TargetConfig = z.infer<typeof targetSchema>;
export type AuthConfig = Pick<TargetConfig, 'basicAuth' | 'bearerToken' | 'bearerTokenFile' | 'tls'>;
