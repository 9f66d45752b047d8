// `leakline verify` as a program, for tests: what it prints and how it ends.

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VerifyResult } from '../../exporter/src/verify/types.js';

const BIN = fileURLToPath(new URL('../../exporter/bin/leakline.js', import.meta.url));

export interface Verified {
  code: number | null;
  stdout: string;
  stderr: string;
  /** With --json. */
  result(): VerifyResult;
}

export interface VerifyRun {
  args: readonly string[];
  /** Default: an empty folder, so that no leakline-verify.yml is found. */
  cwd?: string;
  env?: Record<string, string>;
  /** Sent Ctrl-C once this stands in its progress. */
  interruptAt?: RegExp;
}

/** Runs it to its end. */
export function verify({ args, cwd, env, interruptAt }: VerifyRun): Promise<Verified> {
  const child = spawn(process.execPath, [BIN, 'verify', ...args], {
    cwd: cwd ?? mkdtempSync(join(tmpdir(), 'leakline-verify-')),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', ...env },
  });
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interrupted || !interruptAt?.test(stderr)) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', killAtExit);
      resolve({ code, stdout, stderr, result: () => JSON.parse(stdout) as VerifyResult });
    });
  });
}
