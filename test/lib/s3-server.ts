// An S3 server for tests: the one that LEAKLINE_TEST_S3 names, or gofakes3, installed once with `go install` through the
// Go module proxy. The version is the newest that Debian's Go 1.19 builds.

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { goToolchain } from './go.js';

const run = promisify(execFile);

const GOFAKES3 = 'github.com/johannesboyne/gofakes3/cmd/gofakes3@v0.0.0-20230506070712-04da935ef877';

export const S3_KEY = { accessKeyId: 'leakline', secretAccessKey: 'leakline-secret' };

export interface S3Server {
  endpoint: string;
  bucket: string;
  stop(): Promise<void>;
}

/** Path of the server, installed where it is not yet. */
async function gofakes3(): Promise<string> {
  const folder = join(tmpdir(), `leakline-go-${userInfo().username}`, 'gofakes3-04da935ef877');
  const path = join(folder, 'gofakes3');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  await run(goToolchain().path, ['install', GOFAKES3], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' },
  });
  return path;
}

export async function startS3Server(): Promise<S3Server> {
  const bucket = `leakline-${process.pid}`;
  const given = process.env['LEAKLINE_TEST_S3'];
  if (given !== undefined) return withBucket({ endpoint: given, bucket, stop: () => Promise.resolve() });
  const port = await freePort();
  const child = spawn(await gofakes3(), ['-backend', 'memory', '-host', `127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  return withBucket({
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    stop: async () => {
      process.off('exit', killAtExit);
      if (child.exitCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      await gone;
    },
  });
}

async function withBucket(server: S3Server): Promise<S3Server> {
  const client = s3Client(server.endpoint);
  for (let attempt = 0; ; attempt++) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: server.bucket }));
      client.destroy();
      return server;
    } catch (error) {
      if (attempt >= 100) {
        await server.stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export function s3Client(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: S3_KEY,
    maxAttempts: 1,
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}
