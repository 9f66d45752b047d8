// Captures in a bucket of S3 or of what speaks its protocol: <prefix>captures/<target>/<time>-<id>/…, the same files as
// in the local folder. capture.json is written last, so that a capture is there whole or not at all. Many exporters
// write into one bucket; each lists it now and then to see what the others captured.

import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type _Object,
} from '@aws-sdk/client-s3';
import { inParallel } from '../../concurrency.js';
import { cachedFile } from '../../config/file-cache.js';
import type { Config } from '../../config/schema.js';
import { LeaklineError, messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { ProfileKind } from '../../server/api.js';
import { folderOfCapture, folderOfTarget, idOfFolder } from './folder-name.js';
import { incidentRecordSchema, type IncidentRecord } from '../incident-record.js';
import { CaptureIndex } from './index-of-captures.js';
import { damaged, digestOf, profileOf } from '../jobs/profile-check.js';
import { readableJson } from './readable-json.js';
import { captureRecordSchema, PROFILE_FILES, type CaptureRecord } from '../record.js';
import type { CaptureStore } from './store.js';

type S3Config = Extract<Config['capture']['store'], { type: 's3' }>;

/** How often the bucket is listed for what other exporters wrote. */
const REFRESH_MS = 30_000;
/** Records read at once at start. */
const READS_AT_ONCE = 32;
/** Incidents written at once. */
const WRITES_AT_ONCE = 8;
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** Profiles without their capture.json, this old: an exporter was killed while it wrote them. */
const ORPHAN_MS = 24 * 3_600_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** DeleteObjects takes this many keys. */
const DELETES_AT_ONCE = 1000;

export interface S3StoreOptions {
  client: S3Client;
  bucket: string;
  prefix: string;
  log: Logger;
  now?: () => number;
}

export function createS3Store(config: S3Config, log: Logger): S3Store {
  const secretFile =
    config.secretAccessKeyFile === undefined
      ? undefined
      : cachedFile(config.secretAccessKeyFile, 'capture.store.secretAccessKeyFile');
  const { accessKeyId } = config;
  const client = new S3Client({
    region: config.region,
    forcePathStyle: config.forcePathStyle,
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    ...(accessKeyId !== undefined && {
      credentials: async () => ({
        accessKeyId,
        secretAccessKey: config.secretAccessKey ?? (await secretFile?.read())?.toString('utf8').trim() ?? '',
      }),
    }),
    // Services that speak S3 do not all know the checksums that newer clients add unasked.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return new S3Store({ client, bucket: config.bucket, prefix: config.prefix, log });
}

export class S3Store implements CaptureStore {
  readonly kind = 's3';
  readonly #client: S3Client;
  readonly #index = new CaptureIndex();
  /** Key of each capture's folder, ending in "/". */
  readonly #folders = new Map<string, string>();
  readonly #incidents = new Map<string, { etag: string; record: IncidentRecord }>();
  /** Records that could not be read, by key and version: named once. */
  readonly #refused = new Set<string>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(private readonly options: S3StoreOptions) {
    this.#client = options.client;
    this.#now = options.now ?? Date.now;
  }

  async open(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      this.refresh().catch((error: unknown) => {
        this.options.log.warn({ error: messageOf(error) }, 'the bucket of captures could not be listed');
      });
    }, REFRESH_MS);
    this.#timer.unref();
  }

  /** Lists the bucket and reads what is new. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
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

  checkRoom(): Promise<void> {
    return Promise.resolve();
  }

  async put(record: CaptureRecord, profiles: ReadonlyMap<ProfileKind, Buffer>): Promise<void> {
    if (this.#index.get(record.id)) return;
    const name = folderOfCapture(record.takenAt, record.id);
    const folder = `${this.options.prefix}captures/${folderOfTarget(record.target)}/${name}/`;
    for (const [kind, bytes] of profiles) {
      await this.#put(`${folder}${PROFILE_FILES[kind]}`, bytes, 'application/octet-stream');
    }
    await this.#put(`${folder}capture.json`, readableJson(record), 'application/json');
    this.#add(record, folder);
  }

  async profile(id: string, kind: ProfileKind): Promise<Buffer> {
    const { record, profile } = profileOf(this.#index, id, kind);
    const bytes = await this.#get(`${this.#folders.get(id)!}${PROFILE_FILES[kind]}`, profile.bytes);
    if (bytes && bytes.length === profile.bytes && (await digestOf(bytes)) === profile.sha256) return bytes;
    this.options.log.warn({ capture: id, kind }, 'damaged profile in the bucket: not served');
    throw damaged(record, kind);
  }

  kept(): undefined {
    return undefined;
  }

  async remove(id: string): Promise<void> {
    const folder = this.#folders.get(id);
    const record = this.#index.get(id);
    if (folder === undefined || !record) return;
    // First what makes it a capture, then the rest: never half a capture.
    await this.#delete([`${folder}capture.json`]);
    this.#forget(id);
    await this.#delete(record.profiles.map(({ kind }) => `${folder}${PROFILE_FILES[kind]}`));
  }

  incidents(): readonly IncidentRecord[] {
    return [...this.#incidents.values()].map(({ record }) => record);
  }

  incident(id: string): IncidentRecord | undefined {
    return this.#incidents.get(id)?.record;
  }

  async putIncidents(incidents: readonly IncidentRecord[]): Promise<void> {
    await inParallel(incidents, WRITES_AT_ONCE, async (incident) => {
      const etag = await this.#put(
        `${this.options.prefix}incidents/${incident.id}.json`,
        readableJson(incident),
        'application/json',
      );
      this.#incidents.set(incident.id, { etag, record: incident });
    });
  }

  async removeIncident(id: string): Promise<void> {
    await this.#delete([`${this.options.prefix}incidents/${id}.json`]);
    this.#incidents.delete(id);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing?.catch(() => undefined);
    this.#client.destroy();
  }

  async #refresh(): Promise<void> {
    await this.#refreshCaptures();
    await this.#refreshIncidents();
  }

  async #refreshCaptures(): Promise<void> {
    const startedWith = new Set(this.#index.ids());
    const records = new Map<string, string>();
    const lone = new Map<string, _Object[]>();
    for await (const object of this.#list(`${this.options.prefix}captures/`)) {
      const [, folder, file] = /^(.*\/)([^/]+)$/.exec(object.Key ?? '') ?? [];
      const id = idOfFolder(folder?.split('/').at(-2) ?? '');
      if (folder === undefined || id === undefined) continue;
      if (file === 'capture.json') records.set(id, folder);
      else lone.set(folder, [...(lone.get(folder) ?? []), object]);
    }
    for (const folder of records.values()) lone.delete(folder);
    // Only what was known before the listing began: this exporter may have added one meanwhile.
    for (const id of startedWith) if (!records.has(id)) this.#forget(id);
    const fresh = [...records].filter(([id, folder]) => !this.#index.get(id) && !this.#refused.has(folder));
    await inParallel(fresh, READS_AT_ONCE, async ([id, folder]) => {
      const record = await this.#readJson(
        `${folder}capture.json`,
        captureRecordSchema.parse.bind(captureRecordSchema),
      );
      if (record?.id === id) this.#add(record, folder);
      else {
        this.#refused.add(folder);
        this.options.log.warn({ key: folder }, 'damaged or foreign capture in the bucket: passed over');
      }
    });
    await this.#deleteOrphans(lone);
  }

  async #refreshIncidents(): Promise<void> {
    const startedWith = new Set(this.#incidents.keys());
    const changed: { id: string; key: string; etag: string }[] = [];
    for await (const { Key: key = '', ETag: etag = '' } of this.#list(`${this.options.prefix}incidents/`)) {
      const id = /([0-9a-z]{8,32})\.json$/.exec(key)?.[1];
      if (id === undefined) continue;
      startedWith.delete(id);
      if (this.#incidents.get(id)?.etag !== etag) changed.push({ id, key, etag });
    }
    for (const id of startedWith) this.#incidents.delete(id);
    await inParallel(changed, READS_AT_ONCE, async ({ id, key, etag }) => {
      const record = await this.#readJson(key, incidentRecordSchema.parse.bind(incidentRecordSchema));
      if (record?.id === id) this.#incidents.set(id, { etag, record });
    });
  }

  async #deleteOrphans(lone: ReadonlyMap<string, _Object[]>): Promise<void> {
    const before = this.#now() - ORPHAN_MS;
    const old = [...lone.values()].filter((objects) =>
      objects.every(({ LastModified }) => LastModified !== undefined && LastModified.getTime() < before),
    );
    await this.#delete(old.flat().flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
  }

  async #readJson<T>(key: string, parse: (value: unknown) => T): Promise<T | undefined> {
    const bytes = await this.#get(key, MAX_RECORD_BYTES);
    if (!bytes) return undefined;
    try {
      return parse(JSON.parse(bytes.toString('utf8')));
    } catch {
      return undefined;
    }
  }

  async *#list(prefix: string): AsyncGenerator<_Object> {
    let token: string | undefined;
    do {
      const page = await this.#send('listed', (abortSignal) =>
        this.#client.send(
          new ListObjectsV2Command({ Bucket: this.options.bucket, Prefix: prefix, ContinuationToken: token }),
          { abortSignal },
        ),
      );
      yield* page.Contents ?? [];
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** undefined for an object that is gone, or larger than allowed. */
  async #get(key: string, maxBytes: number): Promise<Buffer | undefined> {
    return this.#send('read', async (abortSignal) => {
      try {
        const command = new GetObjectCommand({ Bucket: this.options.bucket, Key: key });
        const { Body, ContentLength } = await this.#client.send(command, { abortSignal });
        if (!Body || (ContentLength ?? 0) > maxBytes) return undefined;
        return Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  /** The entity tag of what was written. */
  async #put(key: string, body: Buffer | string, contentType: string): Promise<string> {
    const { ETag } = await this.#send('written', (abortSignal) =>
      this.#client.send(
        new PutObjectCommand({ Bucket: this.options.bucket, Key: key, Body: body, ContentType: contentType }),
        { abortSignal },
      ),
    );
    return ETag ?? '';
  }

  async #delete(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += DELETES_AT_ONCE) {
      const Objects = keys.slice(from, from + DELETES_AT_ONCE).map((Key) => ({ Key }));
      await this.#send('changed', (abortSignal) =>
        this.#client.send(
          new DeleteObjectsCommand({ Bucket: this.options.bucket, Delete: { Objects, Quiet: true } }),
          { abortSignal },
        ),
      );
    }
  }

  async #send<T>(what: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await send(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    } catch (error) {
      throw new LeaklineError(
        'store_unreachable',
        `the bucket ${this.options.bucket} could not be ${what} (capture.store): ${messageOf(error).slice(0, 200)}`,
        { status: 503, cause: error },
      );
    }
  }

  #add(record: CaptureRecord, folder: string): void {
    this.#index.add(record);
    this.#folders.set(record.id, folder);
  }

  #forget(id: string): void {
    this.#index.delete(id);
    this.#folders.delete(id);
  }
}
