// Every error that a user can meet carries a stable code; commands map it to an exit code, the API to a status.

/** Exit codes of the command line (contract of docs/cli). */
export const EXIT = { ok: 0, leakFound: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface LeaklineErrorOptions extends ErrorOptions {
  /** Exit code of a command that ends with this error. Default: 3 (could not reach or read). */
  exitCode?: ExitCode;
  /** HTTP status of an API answer that ends with this error. Default: 500. */
  status?: number;
}

/** An error whose message is written for the user: one line that names the field or thing and the fix. */
export class LeaklineError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly status: number;

  constructor(code: string, message: string, options: LeaklineErrorOptions = {}) {
    super(message, options);
    this.name = 'LeaklineError';
    this.code = code;
    this.exitCode = options.exitCode ?? EXIT.unreachable;
    this.status = options.status ?? 500;
  }
}

/** Wrong usage or configuration: exit code 2, HTTP 400. */
export class UsageError extends LeaklineError {
  constructor(code: string, message: string, options: LeaklineErrorOptions = {}) {
    super(code, message, { exitCode: EXIT.usage, status: 400, ...options });
    this.name = 'UsageError';
  }
}

/** The message of anything thrown, for logs and for wrapping. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
