// The kinds of fields of leakline.yml, each with what a message and the reference say of it.

import { z } from 'zod';

declare module 'zod' {
  interface GlobalMeta {
    /** What may stand in the field, in words, where the type alone does not say it. */
    allowed?: string;
    /** Writes the value of the code (milliseconds, bytes) as it stands in the file. */
    written?: (value: number) => string;
    /** A path, relative to the configuration file. */
    file?: true;
    /** Never printed. */
    secret?: true;
  }
}

/** A path; relative ones are relative to the configuration file. */
export function file() {
  return z.string().min(1).meta({ file: true, allowed: 'path' });
}

/** A value that stands in no message and in no log. */
export function secret() {
  return z.string().min(1).meta({ secret: true });
}

/** An address without credentials: addresses are shown in logs. */
export function httpUrl() {
  return z
    .string()
    .regex(/^https?:\/\/[^/\s]/, 'must be an http:// or https:// address')
    .refine((url) => URL.canParse(url), { message: 'must be an http:// or https:// address' })
    .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), {
      message: 'must hold no credentials; use basicAuth',
    })
    .meta({ allowed: 'http:// or https:// address' });
}

/** Names of processes, `*` standing for anything. */
export function namePatterns() {
  return z.array(z.string().min(1)).default([]).meta({ allowed: 'list of names; `*` stands for anything' });
}

/** How Leakline introduces itself to what it asks. The three fields are put into the schemas that need them. */
export const authFields = {
  basicAuth: z
    .strictObject({
      username: z.string().min(1).describe('User name.'),
      password: secret().optional().describe('Password. Better: `passwordFile`.'),
      passwordFile: file().optional().describe('File that holds the password; read again when it changes.'),
    })
    .refine((a) => (a.password === undefined) !== (a.passwordFile === undefined), {
      message: 'needs exactly one of password and passwordFile',
    })
    .optional()
    .describe('HTTP basic authentication.'),
  bearerToken: secret().optional().describe('Bearer token. Better: `bearerTokenFile`.'),
  bearerTokenFile: file()
    .optional()
    .describe('File that holds the bearer token; read again when it changes.'),
  tls: z
    .strictObject({
      caFile: file()
        .optional()
        .describe('Certificates of the authorities to trust instead of the usual ones (PEM).'),
      certFile: file().optional().describe('Client certificate (PEM).'),
      keyFile: file().optional().describe('Key of the client certificate (PEM).'),
      serverName: z
        .string()
        .min(1)
        .optional()
        .describe('Name that the certificate of the server must be for.'),
      insecureSkipVerify: z.boolean().default(false).describe('Accept any certificate.'),
    })
    .refine((tls) => (tls.certFile === undefined) === (tls.keyFile === undefined), {
      message: 'needs certFile and keyFile together',
    })
    .optional()
    .describe('TLS of https:// addresses.'),
};

interface Auth {
  basicAuth?: unknown;
  bearerToken?: unknown;
  bearerTokenFile?: unknown;
}

/** For `.refine` of the objects that hold `authFields`. */
export const oneAuth = [
  ({ basicAuth, bearerToken, bearerTokenFile }: Auth) =>
    [basicAuth, bearerToken, bearerTokenFile].filter((way) => way !== undefined).length <= 1,
  { message: 'needs at most one of basicAuth, bearerToken and bearerTokenFile' },
] as const;
