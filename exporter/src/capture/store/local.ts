// Captures in a local folder: captures/<target>/<time>-<id>/ with capture.json and the profiles, incidents/<id>.json.
// The folders are the truth; the index in memory is rebuilt from them at every start.

import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { inParallel } from '../../concurrency.js';
import { LeaklineError, messageOf } from '../../errors.js';
import { formatBytes } from '../../format.js';
import type { Logger } from '../../log.js';
import type { ProfileKind } from '../../server/api.js';
import {
  FOLDER_MODE,
  isFull,
  isMissing,
  makeFolder,
  REMOVING_PREFIX,
  removeFolder,
  renameInto,
  syncFolder,
  WRITING_PREFIX,
  writeSynced,
} from './durable-files.js';
import { folderOfCapture, folderOfTarget, idOfFolder } from './folder-name.js';
import { incidentRecordSchema, type IncidentRecord } from '../incident-record.js';
import { CaptureIndex } from './index-of-captures.js';
import { readableJson } from './readable-json.js';
import { captureRecordSchema, PROFILE_FILES, type CaptureRecord } from '../record.js';
import { damaged, digestOf, profileOf } from '../jobs/profile-check.js';
import type { CaptureStore } from './store.js';
import type { KeptProfile } from '../../profile/kept-profile.js';

export interface LocalStoreOptions {
  /** Holds captures/ and incidents/. */
  dir: string;
  /** Room that captures leave to everything else on the disk. */
  minFreeBytes: number;
  log: Logger;
}

/** A capture.json is a few kilobytes; more than this is no capture.json. */
const MAX_RECORD_BYTES = 1024 * 1024;
/** An incident holds up to a thousand alerts with their labels. */
const MAX_INCIDENT_BYTES = 16 * 1024 * 1024;
/** Files of incidents written at once: the other two of Node's four file threads are left to the queue and the captures. */
const INCIDENTS_AT_ONCE = 2;
/** Folders read in one go at start before others get a turn. */
const FOLDERS_A_TURN = 100;
/** Where damaged and foreign folders go: out of the way, never deleted. */
const SET_ASIDE = '.set-aside';

export class LocalStore implements CaptureStore {
  readonly kind = 'local';
  readonly #captures: string;
  readonly #incidentsDir: string;
  readonly #index = new CaptureIndex();
  readonly #folders = new Map<string, string>();
  readonly #incidents = new Map<string, IncidentRecord>();

  constructor(private readonly options: LocalStoreOptions) {
    this.#captures = join(options.dir, 'captures');
    this.#incidentsDir = join(options.dir, 'incidents');
  }

  async open(): Promise<void> {
    await makeFolder(this.#captures);
    await makeFolder(this.#incidentsDir);
    await this.#readCaptures();
    this.#readIncidents();
  }

  captures(): readonly CaptureRecord[] {
    return this.#index.newestFirst();
  }

  capturesOf(target: string): readonly CaptureRecord[] {
    return this.#index.newestFirstOf(target);
  }

  capture(id: string): CaptureRecord | undefined {
    return this.#index.get(id);
  }

  sizeBytes(): number {
    return this.#index.sizeBytes();
  }

  async checkRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#captures).catch((error: unknown) => {
      throw storeError(error, 'a capture', this.options.dir);
    });
    const freeBytes = bavail * bsize;
    if (freeBytes - bytes >= this.options.minFreeBytes) return;
    throw new LeaklineError(
      'store_full',
      `the disk of ${this.options.dir} has ${formatBytes(freeBytes)} free and captures leave ${formatBytes(this.options.minFreeBytes)} of it (capture.store.minFree): free some space`,
      { status: 507 },
    );
  }

  async put(record: CaptureRecord, profiles: ReadonlyMap<ProfileKind, Buffer>): Promise<void> {
    if (this.#index.get(record.id)) return;
    const targetDir = join(this.#captures, folderOfTarget(record.target));
    const writing = join(targetDir, `${WRITING_PREFIX}${record.id}`);
    const folder = join(targetDir, folderOfCapture(record.takenAt, record.id));
    try {
      await this.checkRoom([...profiles.values()].reduce((sum, bytes) => sum + bytes.length, 0));
      await makeFolder(targetDir);
      await makeEmptyFolder(writing);
      for (const [kind, bytes] of profiles) await writeSynced(join(writing, PROFILE_FILES[kind]), bytes);
      await writeSynced(join(writing, 'capture.json'), readableJson(record));
      await syncFolder(writing);
      await rename(writing, folder);
      await syncFolder(targetDir);
    } catch (error) {
      await rm(writing, { recursive: true, force: true }).catch(() => undefined);
      throw storeError(error, 'the capture', this.options.dir);
    }
    this.#index.add(record);
    this.#folders.set(record.id, folder);
  }

  async profile(id: string, kind: ProfileKind): Promise<Buffer> {
    const { record, profile } = profileOf(this.#index, id, kind);
    const folder = this.#folders.get(id)!;
    try {
      const bytes = await readBounded(join(folder, PROFILE_FILES[kind]), profile.bytes);
      if (bytes.length === profile.bytes && (await digestOf(bytes)) === profile.sha256) return bytes;
    } catch (error) {
      if (!isMissing(error)) throw storeError(error, 'the profile', this.options.dir);
    }
    await this.#setAside(folder, `its ${PROFILE_FILES[kind]} is not what was captured`);
    this.#forget(id);
    throw damaged(record, kind);
  }

  kept(id: string, kind: ProfileKind): KeptProfile | undefined {
    const profile = this.#index.get(id)?.profiles.find((candidate) => candidate.kind === kind);
    if (!profile) return undefined;
    const { bytes, sha256 } = profile;
    return { path: resolve(this.#folders.get(id)!, PROFILE_FILES[kind]), bytes, sha256 };
  }

  async remove(id: string): Promise<void> {
    const folder = this.#folders.get(id);
    if (folder === undefined) return;
    this.#forget(id);
    try {
      await removeFolder(dirname(folder), basename(folder));
    } catch (error) {
      if (!isMissing(error)) throw storeError(error, 'the capture', this.options.dir);
    }
  }

  incidents(): readonly IncidentRecord[] {
    return [...this.#incidents.values()];
  }

  incident(id: string): IncidentRecord | undefined {
    return this.#incidents.get(id);
  }

  async putIncidents(incidents: readonly IncidentRecord[]): Promise<void> {
    try {
      await inParallel(incidents, INCIDENTS_AT_ONCE, async (incident) => {
        const content = readableJson(incident);
        await renameInto(join(this.#incidentsDir, `${incident.id}.json`), content);
        this.#incidents.set(incident.id, incident);
      });
      await syncFolder(this.#incidentsDir);
    } catch (error) {
      throw storeError(error, 'the incident', this.options.dir);
    }
  }

  async removeIncident(id: string): Promise<void> {
    this.#incidents.delete(id);
    await rm(join(this.#incidentsDir, `${id}.json`), { force: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #forget(id: string): void {
    this.#index.delete(id);
    this.#folders.delete(id);
  }

  async #readCaptures(): Promise<void> {
    let folders = 0;
    for (const target of readdirSync(this.#captures, { withFileTypes: true })) {
      if (target.name.startsWith('.')) continue;
      const targetDir = join(this.#captures, target.name);
      if (!target.isDirectory()) {
        this.options.log.warn({ path: targetDir }, 'not a folder of captures: left alone');
        continue;
      }
      for (const { name } of readdirSync(targetDir, { withFileTypes: true })) {
        const folder = join(targetDir, name);
        if (name.startsWith(WRITING_PREFIX) || name.startsWith(REMOVING_PREFIX)) {
          this.options.log.warn({ path: folder }, 'half-written capture of an earlier run: removed');
          await rm(folder, { recursive: true, force: true });
          continue;
        }
        const read = readCaptureFolder(folder, name);
        if (typeof read === 'string') await this.#setAside(folder, read);
        else {
          this.#index.add(read);
          this.#folders.set(read.id, folder);
        }
        if (++folders % FOLDERS_A_TURN === 0) await new Promise(setImmediate);
      }
    }
  }

  #readIncidents(): void {
    for (const name of readdirSync(this.#incidentsDir)) {
      const path = join(this.#incidentsDir, name);
      if (name.endsWith('.writing')) continue;
      try {
        if (statSync(path).size > MAX_INCIDENT_BYTES) throw new Error('too large');
        const incident = incidentRecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
        if (`${incident.id}.json` !== name) throw new Error('its id is not its name');
        this.#incidents.set(incident.id, incident);
      } catch (error) {
        this.options.log.warn({ path, why: firstLine(error) }, 'damaged or foreign incident: left alone');
      }
    }
  }

  async #setAside(folder: string, why: string): Promise<void> {
    const aside = join(this.#captures, SET_ASIDE);
    const to = join(aside, `${basename(dirname(folder))}-${basename(folder)}`);
    try {
      mkdirSync(aside, { recursive: true, mode: FOLDER_MODE });
      await rm(to, { recursive: true, force: true });
      await rename(folder, to);
      this.options.log.warn({ path: folder, why, movedTo: to }, 'damaged or foreign capture: set aside');
    } catch (error) {
      this.options.log.warn({ path: folder, why, error: messageOf(error) }, 'damaged capture: passed over');
    }
  }
}

/** The record of a capture's folder, or why it is none. */
function readCaptureFolder(folder: string, name: string): CaptureRecord | string {
  const id = idOfFolder(name);
  if (id === undefined) return 'not named like a capture';
  try {
    const path = join(folder, 'capture.json');
    if (statSync(path).size > MAX_RECORD_BYTES) return 'its capture.json is too large';
    const record = captureRecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (record.id !== id) return 'its capture.json is of another capture';
    for (const { kind, bytes } of record.profiles) {
      const size = statSync(join(folder, PROFILE_FILES[kind])).size;
      if (size !== bytes) return `its ${PROFILE_FILES[kind]} has ${size} bytes instead of ${bytes}`;
    }
    return record;
  } catch (error) {
    return firstLine(error);
  }
}

/** A folder of a kill in the middle of writing may be there still. */
async function makeEmptyFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
  } catch {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { mode: FOLDER_MODE });
  }
}

/** Reads at most one byte more than expected: a file that grew is seen, not swallowed whole. */
async function readBounded(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size !== bytes) return Buffer.alloc(0);
    return await readFile(file);
  } finally {
    await file.close();
  }
}

function storeError(error: unknown, what: string, dir: string): LeaklineError {
  if (error instanceof LeaklineError) return error;
  if (isFull(error)) {
    return new LeaklineError('store_full', `no room for ${what} in ${dir}: free some space on its disk`, {
      status: 507,
      cause: error,
    });
  }
  return new LeaklineError(
    'store_unreachable',
    `cannot keep or read ${what} in ${dir}: ${firstLine(error)}`,
    {
      status: 503,
      cause: error,
    },
  );
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 3).join(' ').slice(0, 200);
}
