// Reads incidents and their captures from the folder where an exporter keeps them, and changes nothing there: the
// exporter may be running.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { idOfFolder } from '../capture/store/folder-name.js';
import { incidentRecordSchema, toApiIncident, type IncidentRecord } from '../capture/incident-record.js';
import { captureRecordSchema, PROFILE_FILES, toApiCapture } from '../capture/record.js';
import { LeaklineError, messageOf } from '../errors.js';
import type { ApiCapture, ApiIncident, ProfileKind } from '../server/api.js';

/** As the store bounds them. */
const MAX_INCIDENT_BYTES = 16 * 2 ** 20;
const MAX_RECORD_BYTES = 2 ** 20;
const MAX_PROFILE_BYTES = 512 * 2 ** 20;
const INCIDENT_FILE = /^([0-9a-z]{8,32})\.json$/;

export interface IncidentFiles {
  /** Newest first. */
  incidents(): Promise<ApiIncident[]>;
  /** Of these ids, those that are there. */
  captures(ids: ReadonlySet<string>): Promise<ApiCapture[]>;
  profile(captureId: string, kind: ProfileKind): Promise<Buffer>;
  /** The file of a profile; of a capture that `captures` found. */
  fileOf(captureId: string, kind: ProfileKind): string | undefined;
}

/** @param dir holds captures/ and incidents/. Rejects with `state_unreadable` where it does not. */
export async function openIncidentFiles(dir: string): Promise<IncidentFiles> {
  const names = await readdir(join(dir, 'incidents')).catch((error: unknown) => {
    throw new LeaklineError(
      'state_unreadable',
      `${dir} holds no incidents (${messageOf(error)}): name the folder that state.dir or capture.store.dir of the exporter names`,
      { cause: error },
    );
  });
  const folders = new Map<string, string>();

  async function findFolders(): Promise<void> {
    if (folders.size > 0) return;
    for (const target of await namesIn(join(dir, 'captures'))) {
      for (const folder of await namesIn(join(dir, 'captures', target))) {
        const id = idOfFolder(folder);
        if (id !== undefined) folders.set(id, join(dir, 'captures', target, folder));
      }
    }
  }

  return {
    async incidents() {
      const records: IncidentRecord[] = [];
      for (const name of names.filter((each) => INCIDENT_FILE.test(each))) {
        const read = await readJson(join(dir, 'incidents', name), MAX_INCIDENT_BYTES);
        const record = incidentRecordSchema.safeParse(read);
        if (record.success) records.push(record.data);
      }
      return records
        .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
        .map((record) => toApiIncident(record, { withTrend: true }));
    },
    async captures(ids) {
      await findFolders();
      const found: ApiCapture[] = [];
      for (const id of ids) {
        const folder = folders.get(id);
        if (folder === undefined) continue;
        const record = captureRecordSchema.safeParse(
          await readJson(join(folder, 'capture.json'), MAX_RECORD_BYTES),
        );
        if (record.success) found.push(toApiCapture(record.data, { readings: true }));
      }
      return found;
    },
    fileOf(captureId, kind) {
      const folder = folders.get(captureId);
      return folder === undefined ? undefined : join(folder, PROFILE_FILES[kind]);
    },
    async profile(captureId, kind) {
      await findFolders();
      const folder = folders.get(captureId);
      if (folder === undefined)
        throw new LeaklineError('capture_unknown', `there is no capture ${captureId} in ${dir}`);
      return readBounded(join(folder, PROFILE_FILES[kind]), MAX_PROFILE_BYTES);
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function readJson(file: string, maxBytes: number): Promise<unknown> {
  try {
    return JSON.parse((await readBounded(file, maxBytes)).toString('utf8'));
  } catch {
    // Damaged, or being replaced this moment: what cannot be read is not there.
    return undefined;
  }
}

async function readBounded(file: string, maxBytes: number): Promise<Buffer> {
  const { size } = await stat(file);
  if (size > maxBytes) throw new LeaklineError('file_too_large', `${file} is larger than ${maxBytes} bytes`);
  return readFile(file);
}
