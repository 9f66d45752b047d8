// Where captures and incidents are kept. Two homes: a local folder (local.ts), a bucket (s3.ts).

import type { KeptProfile } from '../../profile/kept-profile.js';
import type { CaptureRecord } from '../record.js';
import type { ProfileKind } from '../../server/api.js';
import type { IncidentRecord } from '../incident-record.js';

/** 'full' and 'unreachable' stop captures until the store takes one again; nothing else stops. */
export type StoreState = 'ok' | 'full' | 'unreachable';

export interface CaptureStore {
  readonly kind: 'local' | 's3';
  /** Reads what is there. What is damaged or foreign is set aside and named in the log; the rest is served. */
  open(): Promise<void>;
  /** Every capture, newest first. From memory. */
  captures(): readonly CaptureRecord[];
  /** Of one target name (of every host), newest first. */
  capturesOf(target: string): readonly CaptureRecord[];
  capture(id: string): CaptureRecord | undefined;
  /** Rejects with store_full or store_unreachable where a capture of about this size would not be taken. */
  checkRoom(bytes: number): Promise<void>;
  /**
   * Keeps a capture: whole or not at all, on disk when the promise resolves. An id that is there already is left alone.
   * Rejects with a LeaklineError: store_full, store_unreachable.
   */
  put(record: CaptureRecord, profiles: ReadonlyMap<ProfileKind, Buffer>): Promise<void>;
  /** The profile as the target sent it. Rejects with capture_unknown, profile_unknown, capture_damaged. */
  profile(id: string, kind: ProfileKind): Promise<Buffer>;
  /**
   * The file that the profile lies in, for the thread that analyses it; undefined where it lies in none of this machine.
   * What is read of it may be damaged: `profile` then finds that out and says what becomes of it.
   */
  kept(id: string, kind: ProfileKind): KeptProfile | undefined;
  remove(id: string): Promise<void>;
  incidents(): readonly IncidentRecord[];
  incident(id: string): IncidentRecord | undefined;
  /**
   * Keeps incidents; each is read when its turn comes, and all are on disk when the promise resolves. Rejects with
   * store_full or store_unreachable: then some may be kept and some not.
   */
  putIncidents(incidents: readonly IncidentRecord[]): Promise<void>;
  removeIncident(id: string): Promise<void>;
  /** Bytes of all profiles kept. */
  sizeBytes(): number;
  close(): Promise<void>;
}
