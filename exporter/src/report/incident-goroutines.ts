// The goroutines of an incident: which groups grew from its first capture to its last.

import type { GoroutineFrame } from '../profile/goroutine-dump.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type { ApiCapture } from '../server/api.js';
import type { IncidentSources } from './incident.js';
import type { ReportGoroutines } from './model.js';

const GOROUTINE_GROUPS = 15;
const STACK_FRAMES = 24;
/** Goroutines come and go: groups that grew by fewer, or by less than this share of all that grew, tell nothing. */
const FEW_GOROUTINES = 3;
const MIN_GOROUTINE_SHARE = 0.01;

/** Undefined where fewer than two captures count goroutines, or no group grew. */
export async function incidentGoroutines(
  { run, profile }: Pick<IncidentSources, 'run' | 'profile'>,
  captures: readonly ApiCapture[],
): Promise<{ shown: ReportGoroutines; grown: GoroutineGrowth[] } | undefined> {
  const seen = captures.filter(({ trigger }) => trigger !== 'resolved');
  // Dumps say who created a goroutine and how long it waits; profiles count.
  const kind = (['goroutine_debug2', 'goroutine'] as const).find(
    (each) => seen.filter(({ kinds }) => kinds.includes(each)).length >= 2,
  );
  if (!kind) return undefined;
  const having = seen.filter(({ kinds }) => kinds.includes(kind));
  const compared = having.length > 2 ? [having[0]!, having.at(-1)!] : having;
  const [first, last] = [compared[0]!, compared.at(-1)!];
  const module = last.module;
  const groups = await run(
    'goroutineGrowth',
    await Promise.all(compared.map(({ id }) => profile(id, kind))),
    {
      captures: compared.map(({ id, takenAt }) => ({ id, takenAtMs: Date.parse(takenAt) })),
      ...(module !== undefined && { mainModule: module }),
      limit: GOROUTINE_GROUPS,
    },
  );
  const whole = groups.reduce((sum, { growth }) => sum + Math.max(0, growth), 0);
  const grown = groups.filter(
    ({ growth }) => growth >= Math.max(FEW_GOROUTINES, whole * MIN_GOROUTINE_SHARE),
  );
  if (grown.length === 0) return undefined;
  const totals = await Promise.all(
    [first, last].map(async ({ id }) => (await run('goroutines', [await profile(id, kind)], {})).total),
  );
  const shown = {
    firstCount: totals[0]!,
    lastCount: totals[1]!,
    firstAt: first.takenAt,
    lastAt: last.takenAt,
    groups: grown.map((group) => ({
      createdBy: frameWords(group.createdBy) ?? 'not told',
      blockedAt: frameWords(group.blockedAt),
      firstCount: group.firstCount,
      lastCount: group.lastCount,
      growthPerSecond: group.growthPerSecond,
      state: group.states[0]?.state,
      longestWaitMinutes: group.longestWaitMinutes,
      leaked: group.leaked,
      stack: group.stack.slice(0, STACK_FRAMES).flatMap((frame) => frameWords(frame) ?? []),
    })),
  };
  return { shown, grown };
}

function frameWords(frame: GoroutineFrame | null): string | undefined {
  if (!frame) return undefined;
  return frame.file === '' ? frame.function : `${frame.function} ${frame.file}:${frame.line}`;
}
