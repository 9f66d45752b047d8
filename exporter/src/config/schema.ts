// The configuration file, leakline.yml, as a schema: every field, its type, its default. Unknown fields are errors.

import { z } from 'zod';
import { byteSize, duration } from './units.js';

const auth = {
  basicAuth: z
    .strictObject({
      username: z.string().min(1),
      password: z.string().optional(),
      passwordFile: z.string().optional(),
    })
    .refine((a) => (a.password === undefined) !== (a.passwordFile === undefined), {
      message: 'needs exactly one of password and passwordFile',
    })
    .optional(),
  bearerToken: z.string().min(1).optional(),
  bearerTokenFile: z.string().min(1).optional(),
  tls: z
    .strictObject({
      caFile: z.string().optional(),
      certFile: z.string().optional(),
      keyFile: z.string().optional(),
      serverName: z.string().optional(),
      insecureSkipVerify: z.boolean().default(false),
    })
    .optional(),
};

const httpUrl = z.string().regex(/^https?:\/\/[^/\s]+/, 'must be an http:// or https:// address');

export const targetSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits, ".", "_" or "-", at most 128'),
    /** How the process is found on this host: one of executable, module, pid file. */
    executable: z.string().min(1).optional(),
    module: z.string().min(1).optional(),
    pidFile: z.string().min(1).optional(),
    /** Base of net/http/pprof, e.g. http://127.0.0.1:6060/debug/pprof/. May be remote. */
    pprof: httpUrl.optional(),
    /** Where MemStats come from, when not beside pprof. */
    expvar: httpUrl.optional(),
    metrics: httpUrl.optional(),
    memoryLimit: byteSize().optional(),
    gogc: z.number().int().min(-1).optional(),
    labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()).default({}),
    ...auth,
  })
  .refine((t) => t.executable ?? t.module ?? t.pidFile ?? t.pprof ?? t.expvar ?? t.metrics, {
    message: 'needs at least one of executable, module, pidFile, pprof, expvar and metrics',
  });

export const configSchema = z.strictObject({
  listen: z.string().default('127.0.0.1:9464'),
  /** Web configuration file in the format of the Prometheus exporter-toolkit: TLS and basic auth users. */
  webConfigFile: z.string().optional(),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      format: z.enum(['auto', 'json', 'human']).default('auto'),
    })
    .prefault({}),
  sampleInterval: duration({ min: '1s', max: '5m' }).default(5000),
  discovery: z
    .strictObject({
      enabled: z.boolean().default(true),
      probe: z.boolean().default(true),
      interval: duration({ min: '1s', max: '1h' }).default(30_000),
      include: z.array(z.string()).default([]),
      exclude: z.array(z.string()).default([]),
    })
    .prefault({}),
  processes: z
    .strictObject({
      top: z.number().int().min(0).max(500).default(20),
      include: z.array(z.string()).default([]),
      exclude: z.array(z.string()).default([]),
    })
    .prefault({}),
  targets: z.array(targetSchema).max(1000).default([]),
  leak: z
    .strictObject({
      /** 'service': patience of hours for slow growth. 'session': short windows for load under control. */
      mode: z.enum(['service', 'session']).default('service'),
    })
    .prefault({}),
  prometheus: z
    .strictObject({
      url: httpUrl,
      lookback: duration({ min: '1h', max: '30d' }).default(8 * 86_400_000),
      ...auth,
    })
    .optional(),
  state: z
    .strictObject({
      dir: z.string().min(1).optional(),
      saveInterval: duration({ min: '10s', max: '1h' }).default(60_000),
    })
    .prefault({}),
  capture: z
    .strictObject({
      enabled: z.boolean().default(true),
      onVerdict: z.boolean().default(true),
      gc: z.boolean().default(true),
      minGcInterval: duration({ min: '1s', max: '1d' }).default(60_000),
      cooldown: duration({ min: '0s', max: '1d' }).default(600_000),
      followUp: duration({ min: '10s', max: '1d' }).default(300_000),
      goroutineDebug2: z.boolean().default(false),
      baseline: z
        .strictObject({
          after: duration({ min: '10s', max: '7d' }).default(900_000),
          every: duration({ min: '1m', max: '30d' }).default(21_600_000),
          keep: z.number().int().min(1).max(100).default(3),
        })
        .prefault({}),
      /** Alert labels that name a target when there is no `target` label: {label: name of the alert's label}. */
      alertLabels: z.array(z.string()).default([]),
      maxProfileBytes: byteSize().default(256 * 1024 * 1024),
      timeout: duration({ min: '1s', max: '10m' }).default(60_000),
      retention: z
        .strictObject({
          maxAge: duration({ min: '1h', max: '3650d' }).default(30 * 86_400_000),
          maxPerTarget: z.number().int().min(2).default(100),
          maxBytesPerTarget: byteSize().default(512 * 1024 * 1024),
          maxBytes: byteSize().default(4 * 1024 * 1024 * 1024),
        })
        .prefault({}),
      store: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('local'), dir: z.string().min(1).optional() }),
          z.strictObject({
            type: z.literal('s3'),
            bucket: z.string().min(1),
            prefix: z.string().default('leakline/'),
            region: z.string().default('us-east-1'),
            endpoint: httpUrl.optional(),
            forcePathStyle: z.boolean().default(false),
            accessKeyId: z.string().optional(),
            secretAccessKey: z.string().optional(),
            secretAccessKeyFile: z.string().optional(),
          }),
        ])
        .default({ type: 'local' }),
      pyroscope: z.strictObject({ url: httpUrl, tenant: z.string().optional(), ...auth }).optional(),
    })
    .prefault({}),
  profile: z
    .strictObject({
      sourceRoots: z.array(z.string()).default([]),
      trimPath: z.string().optional(),
      /** e.g. https://github.com/acme/shop/blob/{revision}/{path}#L{line} */
      sourceLink: z.string().optional(),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type TargetConfig = z.infer<typeof targetSchema>;
export type AuthConfig = Pick<TargetConfig, 'basicAuth' | 'bearerToken' | 'bearerTokenFile' | 'tls'>;
