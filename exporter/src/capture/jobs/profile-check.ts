// A profile is served only as it was captured: found in the record, and checked against its digest.

import { createHash } from 'node:crypto';
import { LeaklineError } from '../../errors.js';
import { pieces, turns } from '../../turns.js';
import type { ProfileKind } from '../../server/api.js';
import type { CaptureIndex } from '../store/index-of-captures.js';
import type { CaptureRecord } from '../record.js';

/** SHA-256 in hex, in turns: Node's own way off the main thread copies all bytes at once, which takes longer than a turn. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  const turn = turns();
  for (const piece of pieces(bytes)) {
    hash.update(piece);
    await turn(piece.length);
  }
  return hash.digest('hex');
}

/** Rejects with capture_unknown or profile_unknown. */
export function profileOf(
  index: CaptureIndex,
  id: string,
  kind: ProfileKind,
): { record: CaptureRecord; profile: CaptureRecord['profiles'][number] } {
  const record = index.get(id);
  if (!record) throw captureUnknown(id);
  const profile = record.profiles.find((candidate) => candidate.kind === kind);
  if (profile) return { record, profile };
  const failure = record.failures.find((candidate) => candidate.kind === kind);
  throw new LeaklineError(
    'profile_unknown',
    failure
      ? `capture ${id} has no ${kind} profile: ${failure.message}`
      : `capture ${id} has no ${kind} profile; it has ${record.profiles.map((p) => p.kind).join(', ') || 'none'}`,
    { status: 404 },
  );
}

export function captureUnknown(id: string): LeaklineError {
  return new LeaklineError(
    'capture_unknown',
    `there is no capture ${JSON.stringify(id.slice(0, 40))}; it may be past its retention`,
    { status: 404 },
  );
}

export function damaged(record: CaptureRecord, kind: ProfileKind): LeaklineError {
  return new LeaklineError(
    'capture_damaged',
    `the ${kind} profile of capture ${record.id} is not what was captured; the capture is set aside, the log names its folder`,
    { status: 410 },
  );
}
