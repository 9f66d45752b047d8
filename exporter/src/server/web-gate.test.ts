import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../log.js';
import { listen, type Listener } from './listen.js';
import { openWebGate } from './web-gate.js';

const certificates = path.join(import.meta.dirname, '../target-http/testdata');
const folder = mkdtempSync(path.join(tmpdir(), 'leakline-web-'));
let listener: Listener | undefined;
afterEach(async () => {
  await listener?.close(0);
  rmSync(folder, { recursive: true, force: true });
});

/** SHA-256 of the certificate that the server shows. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    }).on('error', reject);
  });
}

function fingerprint(name: string): string {
  return new X509Certificate(readFileSync(path.join(certificates, name))).fingerprint256;
}

it('shows a renewed certificate without a restart and without a request', async () => {
  const file = path.join(folder, 'web.yml');
  writeFileSync(file, 'tls_server_config: { cert_file: server.crt, key_file: server.key }');
  for (const name of ['server.crt', 'server.key'])
    copyFileSync(path.join(certificates, name), path.join(folder, name));
  const web = await openWebGate(file, silentLogger(), { intervalMs: 20 });
  listener = await listen({ host: '127.0.0.1', port: 0 }, (_, response) => response.end(), web.tls);
  const { port } = listener.address;
  const { setTls } = listener;
  const stop = web.onTlsChange(setTls);
  expect(await shown(port)).toBe(fingerprint('server.crt'));
  copyFileSync(path.join(certificates, 'client.crt'), path.join(folder, 'server.crt'));
  copyFileSync(path.join(certificates, 'client.key'), path.join(folder, 'server.key'));
  await vi.waitFor(async () => expect(await shown(port)).toBe(fingerprint('client.crt')), 5_000);
  stop();
});
