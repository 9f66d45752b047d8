// The findings for machines: `--json`, in the shapes of the API; and the exit code.

import { toApiCapture } from '../capture/record.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type {
  ApiAccounting,
  ApiCapture,
  ApiGrowth,
  ApiSamples,
  ApiTarget,
  ApiVerdict,
} from '../server/api.js';
import { apiTime, presentTarget, presentVerdict } from '../server/present.js';
import type { Advice } from '../advice/index.js';
import { titleOf } from './title.js';
import type { AccountingAt, Findings } from './types.js';

export interface DiagnosisJson {
  /** The answer in one line. */
  title: string;
  exitCode: ExitCode;
  target: ApiTarget;
  startedAt: string;
  endedAt: string;
  verdict: ApiVerdict;
  problem: { code: string; message: string } | null;
  accounting: {
    first: (ApiAccounting & { at: string }) | null;
    last: (ApiAccounting & { at: string }) | null;
  };
  growth: ApiGrowth | null;
  goroutines: GoroutineGrowth[];
  captures: ApiCapture[];
  advice: Advice[];
  notes: { at: string; text: string }[];
  samples: ApiSamples;
}

/** A leak that was found is told before a process that could not be reached any more. */
export function exitCodeOf({ verdict, problem }: Pick<Findings, 'verdict' | 'problem'>): ExitCode {
  if (verdict.state === 'leaking') return EXIT.leakFound;
  return problem?.code === 'gone' || problem?.code === 'unreachable' ? EXIT.unreachable : EXIT.ok;
}

export function jsonOf(findings: Findings): DiagnosisJson {
  const { target, verdict, problem, first, last, growth, captures, series } = findings;
  return {
    title: titleOf(findings),
    exitCode: exitCodeOf(findings),
    target: { ...presentTarget(target), verdict: presentVerdict(verdict) },
    startedAt: apiTime(findings.startedAtMs),
    endedAt: apiTime(findings.endedAtMs),
    verdict: presentVerdict(verdict),
    problem: problem ? { code: problem.code, message: problem.message } : null,
    accounting: { first: accountingOf(first), last: accountingOf(last) },
    growth: growth ?? null,
    goroutines: [...findings.goroutines],
    captures: captures.map(({ record }) => toApiCapture(record)),
    advice: [...findings.advice],
    notes: findings.notes.map(({ atMs, text }) => ({ at: apiTime(atMs), text })),
    samples: { target: target.name, ...series },
  };
}

function accountingOf(at: AccountingAt | undefined): (ApiAccounting & { at: string }) | null {
  if (!at) return null;
  const { atMs, ...accounting } = at;
  return { at: apiTime(atMs), ...accounting };
}
